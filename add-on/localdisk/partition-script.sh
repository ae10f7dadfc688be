# --- a script of the plan that makes a disk (xCAT's partitionfile=s:) ---

# The script makes this disk, and can write to no other. It finds it in STATELITE_DISK. What it mounts is unmounted again: that is done as for every disk.
create_by_script() { # ID
    locked=''
    for each in $disks; do [ "$each" = "$disk" ] || lock_disk "$each"; done
    chmod 755 "$W/script"
    note_tables "$1" &
    # A script for /bin/sh gets bash where the image has it, as init scripts do: xCAT's nodes had no other.
    shell=''
    IFS= read -r line <"$W/script" && case $line in '#!/bin/sh' | '#!/bin/sh '* | '#! /bin/sh'*) [ ! -x /bin/bash ] || shell=/bin/bash ;; esac
    STATELITE_DISK=/dev/$disk $shell "$W/script" </dev/null >"$W/script.log" 2>&1
    ended=$?
    : >"$W/script.ended"
    wait
    for device in $locked; do blockdev --setrw "$device"; done
    while IFS= read -r line; do say "script: $line"; done <"$W/script.log"
    leave_disk
    [ $ended -eq 0 ] || stop "the script that makes /dev/$disk ended with $ended: ${line:-see the lines above}"
    inspect "$disk"
    [ "$count" -gt 0 ] || { partx -u "/dev/$disk"; inspect "$disk"; }
    [ "$count" -gt 0 ] || stop "the script left /dev/$disk without partitions; STATELITE_DISK says to it which disk it may write to"
    for device in $(list_devices "$disk"); do
        read -r start <"/sys/class/block/${device##*/}/start"
        [ "$start" -ge 2048 ] || stop "the script put a partition of /dev/$disk before its first MiB, where statelite keeps its mark"
    done
    sync
    gpt_id=script:$(sum_parts)
    write_mark complete "$1"
    inspect "$disk"
    load "$disk"
    fits || stop "/dev/$disk was made and does not fit: $why"
}

# While the script runs, the mark gets the id of the partition table it has made, so that a boot that finds it half done knows it for its own.
note_tables() { # ID
    until [ -e "$W/script.ended" ]; do
        found_id=$(blkid -p -s PTUUID -o value "/dev/$disk" 2>/dev/null)
        if [ -n "$found_id" ] && [ "$found_id" != "$gpt_id" ]; then
            gpt_id=$found_id
            write_mark begun "$1"
        fi
        sleep 0.05
    done
}

lock_disk() { # DISK: read-only, with its partitions; sets locked
    for device in "/dev/$1" $(list_devices "$1"); do
        [ "$(blockdev --getro "$device")" = 1 ] || { blockdev --setro "$device" && locked="$device $locked"; }
    done
}

leave_disk() {
    while IFS=' ' read -r device at _; do
        case $device in
        "/dev/$disk" | "/dev/$disk"[0-9]* | "/dev/${disk}p"[0-9]*) case $at in /*) umount "$at" || stop "$at cannot be unmounted" ;; *) swapoff "$device" ;; esac ;;
        esac
    done <<END
$(sort -r /proc/mounts; cat /proc/swaps)
END
}

# Of a script's partitions: number, size, file system and labels.
sum_parts() {
    sum=$(cut -d ' ' -f 1-6 <<END | cksum
$(grep '^part ' "$W/$disk")
END
    )
    printf %s "${sum%% *}"
}

# Swap is used; the file system labelled localspace, or the only one there is, holds localdisk rows.
use_script_parts() {
    store='' stores=0 flags='' options=- mount=-
    while IFS=' ' read -r word number _ fstype label _ part_device; do
        case $word,$fstype,$label in
        part,swap,*) printf '%s %s %s %s %s %s\n' - "$part_device" swap - - "$label" >>"$S/localdisk.ready" ;;
        part,*,localspace) store="$part_device $fstype $label" stores=1; break ;;
        part,ext[234],* | part,xfs,* | part,btrfs,*) store="$part_device $fstype $label" stores=$((stores + 1)) ;;
        esac
    done <"$W/$disk"
    [ $stores -eq 1 ] || { say "no file system on /dev/$disk is labelled localspace, and there are $stores: none holds localdisk rows"; return 0; }
    IFS=' ' read -r part_device fstype label <<END
$store
END
    mkdir -p "$S/localdisk"
    mount_part "$S/localdisk" || unmounted
}

# The lines of the script that makes the disk, as a program.
take_script() { # sets by_script
    by_script=no in_disk=no
    while IFS= read -r line; do
        case $line in
        "disk $selector") in_disk=yes ;;
        'disk '*) in_disk=no ;;
        'sh '*) [ $in_disk = no ] || { by_script=yes; printf '%s\n' "${line#sh }"; } ;;
        esac
    done <"$S/plan" >"$W/script"
}
