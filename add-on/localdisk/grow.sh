# --- growing to the end of the disk ---

# Only when there is room after the partition, and before any other of the disk is mounted; the file system follows when it is mounted.
grow_part() {
    case ,$flags, in *,grow,*) find_part "$number" || return 0 ;; *) return 0 ;; esac
    read -r start <"/sys/class/block/${part_device##*/}/start" && read -r length <"/sys/class/block/${part_device##*/}/size" && read -r all <"/sys/class/block/$disk/size" || return 0
    [ $((all - start - length)) -gt 8192 ] || return 0
    said=$(printf ', +\n' | sfdisk -q -N "$number" "/dev/$disk" 2>&1) || { say "WARNING: partition $number of /dev/$disk could not grow: ${said##*"$nl"}"; return 0; }
    read -r now_length <"/sys/class/block/${part_device##*/}/size"
    [ "$now_length" != "$length" ] || partx -u "/dev/$disk"
    grown=yes
    say "partition $number (\"$label\") of /dev/$disk has grown to the end of the disk"
}

# A power cut while sfdisk writes leaves a GPT at the end of the disk only, where the kernel does not look. As nothing else is on the disk, and it is the
# one of the mark, sfdisk writes both anew from it: no write of that takes the good one away.
mend_table() {
    [ "$state" = ours ] || return 0
    at_end=no
    while IFS=' ' read -r offset type; do
        case $type,$offset in
        gpt,0x200 | gpt,0x1000) return 0 ;; # of sectors of 512 and 4096 bytes
        gpt,*) at_end=yes ;;
        PMBR,*) ;;
        *) return 0 ;;
        esac
    done <<END
$(wipefs -n --noheadings -O OFFSET,TYPE "/dev/$disk" 2>/dev/null)
END
    [ $at_end = yes ] && [ "$(blkid -p -s PTUUID -o value "/dev/$disk" 2>/dev/null)" = "$gpt_id" ] || return 0
    name=$(sfdisk --part-label "/dev/$disk" "$first_number" 2>/dev/null)
    said=$(sfdisk -q --part-label "/dev/$disk" "$first_number" "$name" 2>&1) || { say "WARNING: the partition table of /dev/$disk could not be mended: ${said##*"$nl"}"; return 0; }
    say "the partition table of /dev/$disk was cut off while it was written: it is mended from its copy at the end of the disk"
    inspect "$disk"
    [ "$count" -gt 0 ] || { partx -u "/dev/$disk"; inspect "$disk"; }
    load "$disk"
}

grow_file_system() { # DIRECTORY
    case $fstype in
    ext4) resize2fs "$part_device" >/dev/null 2>&1 ;;
    xfs) xfs_growfs "$1" >/dev/null 2>&1 ;;
    btrfs) btrfs filesystem resize max "$1" >/dev/null 2>&1 ;;
    esac
}
