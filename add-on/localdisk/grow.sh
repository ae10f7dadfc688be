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

grow_file_system() { # DIRECTORY
    case $fstype in
    ext4) resize2fs "$part_device" >/dev/null 2>&1 ;;
    xfs) xfs_growfs "$1" >/dev/null 2>&1 ;;
    btrfs) btrfs filesystem resize max "$1" >/dev/null 2>&1 ;;
    esac
}
