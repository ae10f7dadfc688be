# --- partitions that something else has made (xCAT's partition file without enablepart=yes) ---

# Each is used when it holds what the plan says. Nothing is made or wiped, whatever is there: the node goes on without.
use_existing() {
    [ "$state" != begun ] || { refuse "/dev/$disk ($mib MiB): a layout was being made on it when the node was cut off, and the plan wants partitions that are there"; return; }
    load_parts
    each_part ready_existing
}

ready_existing() {
    part_type='' part_device=''
    find_part "$number" || { why="/dev/$disk has no partition $number for $label; it holds $text"; unmounted; return; }
    case $fstype,$part_type in
    "$part_type,$part_type" | ext4,ext[23])
        say "$part_device ($part_size MiB, $part_type) is used as it is for $label"
        ready_part
        ;;
    *)
        [ "$part_type" != - ] || part_type='no file system'
        why="$part_device has $part_type, not $fstype: it is not used for $label"
        unmounted
        ;;
    esac
}
