# --- making all of a disk: mark, partitions, file systems, what fills them ---

create() { # ID WHY: all of the disk, as the plan says
    problem=''
    is_busy && problem='it is in use'
    [ -n "$problem" ] || [ $((needed + percent * mib / 100)) -le "$mib" ] || problem="it is too small: the plan wants $((needed + percent * mib / 100)) MiB"
    [ -n "$problem" ] || { each_part check_tool; for tool in sfdisk wipefs blkid dd cksum blockdev; do need "$tool"; done; }
    [ -z "$problem" ] || { hint=''; refuse "/dev/$disk ($mib MiB): $problem"; return 1; }
    say "/dev/$disk ($mib MiB) $2"
    [ "$state" = begun ] || read -r gpt_id </proc/sys/kernel/random/uuid
    [ $by_script = no ] || gpt_id=script
    write_mark begun "$1"
    load_parts
    for line in $(list_devices "$disk"); do wipefs -qaf "$line" >/dev/null 2>&1; done
    wipefs -qaf "/dev/$disk" >/dev/null || stop "/dev/$disk cannot be written"
    [ $by_script = no ] || { create_by_script "$1"; return; }
    script="label: gpt${nl}label-id: $gpt_id$nl"
    each_part script_part
    printf %s "$script" | sfdisk -q --wipe always --wipe-partitions always "/dev/$disk" || stop "sfdisk could not partition /dev/$disk, see above"
    inspect "$disk"
    [ "$count" -eq "$wanted_count" ] || { partx -u "/dev/$disk"; inspect "$disk"; }
    load_parts
    each_part make_part || stop "$why"
    each_part fill_part || stop "$why"
    sync
    write_mark complete "$1"
    inspect "$disk"
    load "$disk"
    fits || stop "/dev/$disk was made and does not fit: $why"
}

need() { command -v "$1" >/dev/null || problem="the image has no $1: add ${2:-the package that has it} to its package list"; }

check_tool() {
    case $fstype in
    ext4) need mkfs.ext4 e2fsprogs ;;
    xfs) need mkfs.xfs xfsprogs ;;
    btrfs) need mkfs.btrfs btrfs-progs ;;
    swap) need mkswap util-linux ;;
    esac
    need sfdisk fdisk
}

write_mark() { # STATE ID: one sector, safe on the disk before this returns
    { printf 'statelite-disk 1 %s %s %s %s %s\n' "$1" "$2" "$first_label" "$gpt_id" "$node"; dd if=/dev/zero bs=4096 count=1 2>/dev/null; } | dd of="/dev/$disk" bs=4096 count=1 iflag=fullblock seek=$MARK_BLOCK conv=notrunc,fsync 2>/dev/null ||
        stop "/dev/$disk cannot be written"
}

script_part() {
    case $size in
    rest) words='' ;;
    *M) words="size=${size}iB, " ;;
    *%) words="size=$((${size%\%} * mib / 100))MiB, " ;;
    esac
    case $fstype in swap) type=S ;; *) type=L ;; esac
    script="$script$number : ${words}type=$type, name=\"$label\"$nl"
}

make_part() {
    find_part "$number" || { why="/dev/$disk has no partition $number after sfdisk"; return 1; }
    case $fstype in
    ext4) set -- mkfs.ext4 -q -F -L "$label" ;;
    xfs) set -- mkfs.xfs -q -f -L "$label" ;;
    btrfs) set -- mkfs.btrfs -q -f -L "$label" ;;
    swap) set -- mkswap -f -L "$label" ;;
    esac
    said=$("$@" "$part_device" 2>&1) || { why="$1 failed on $part_device: ${said%%"$nl"*}"; return 1; }
}

# Copies a directory of the image, as it was before liteimg made links of what rows name in it, or of itself, with its own owner and mode. What the links
# stand for comes after them, and takes their places.
fill_part() {
    [ "$populate" != - ] || return 0
    find_part "$number"
    real=$(readlink -m "$ROOT$populate")
    real=${real#"$ROOT"}
    path=${real#/.statelite/tmpfs}
    set --
    for from in "$ROOT$real" "$ROOT/.default$path"; do
        case $from in "$ROOT/.statelite/"*) continue ;; esac
        if [ -d "$from" ] && [ ! -L "$from" ]; then set -- "$@" "$from"; fi
    done
    [ $# -gt 0 ] || { why="$label is to be filled from $populate, which is no directory of the image"; return 1; }
    mkdir -p "$S/fill"
    mount -t "$fstype" "$part_device" "$S/fill" || { why="$part_device cannot be mounted"; return 1; }
    said=$({ copy_tree "$1" "$S/fill" --overwrite-dir; [ $# -eq 1 ] || copy_tree "$2" "$S/fill" --no-overwrite-dir; sync -f "$S/fill" || echo failed; } 2>&1)
    umount "$S/fill" || { why="$part_device cannot be unmounted"; return 1; }
    case $nl$said$nl in *"${nl}failed$nl"*) why="$label could not be filled from $populate: ${said%%"$nl"*}"; return 1 ;; esac
}

copy_tree() { # FROM TO OPTION
    { tar -C "$1" --xattrs --xattrs-include='user.*' --xattrs-include=security.capability --acls --sparse --numeric-owner -cf - . || echo failed >&2; } |
        { tar -C "$2" --xattrs --xattrs-include='user.*' --xattrs-include=security.capability --acls --numeric-owner "$3" -xpf - || echo failed >&2; }
}
