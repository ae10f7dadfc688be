# --- which disks there are, and which of them the plan means ---

# Drivers of what the buses have: storage controllers by the image's own modules; a disk then shows up by itself.
load_drivers() {
    [ -z "${STATELITE_DISKS+set}" ] || return 0
    set +f
    set --
    for device in /sys/bus/pci/devices/*; do
        read -r class <"$device/class" && case $class in 0x01*) read -r alias <"$device/modalias" && set -- "$@" "$alias" ;; esac
    done 2>/dev/null
    [ $# -eq 0 ] || modprobe -qab "$@" 2>/dev/null
    set --
    for device in /sys/bus/virtio/devices/* /sys/bus/vmbus/devices/* /sys/bus/xen/devices/*; do
        read -r alias <"$device/modalias" && set -- "$@" "$alias"
    done 2>/dev/null
    set -f
    modprobe -qab "$@" sd_mod 2>/dev/null
    # The kernel looks for drivers of file systems in the initrd, where they are not.
    while IFS=' ' read -r word _ _ _ fstype _; do
        [ "$word" != part ] || modprobe -q "$fstype"
    done <"$S/plan" 2>/dev/null
    start_udev
    waited=0 steady=0 before='' told=''
    until settle && list_disks && are_there || [ $waited -ge 150 ]; do
        waited=$((waited + 1))
        [ $waited -lt 5 ] || [ "$missing" = "$told" ] || { told=$missing && say "waiting for $missing"; }
        sleep 0.2
    done
    end_udev
}

# The initrd has no udev. The image's own gives disks their names below /dev/disk when the plan uses one. It has ended before a disk is written to,
# as it reads the partitions of each disk anew that a program has closed, and they are gone for a moment.
start_udev() {
    has_udev=no
    wants_names=no
    while IFS=' ' read -r word selector _; do
        case $word,$selector in disk,/dev/disk/*) wants_names=yes ;; esac
    done <"$S/plan"
    if [ $wants_names = no ] || [ -e /run/udev/control ]; then return 0; fi
    for daemon in /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd /usr/sbin/udevd /sbin/udevd; do
        [ -x "$daemon" ] || continue
        "$daemon" --daemon && has_udev=yes
        break
    done
    export SYSTEMD_IGNORE_CHROOT=1 # udevadm does nothing in a chroot otherwise
    [ $has_udev = no ] || udevadm trigger --action=add --subsystem-match=block
}

end_udev() {
    [ $has_udev = no ] || udevadm control --exit
}

# Are the disks of the plan there? One that the plan names, when it has that name; another one, when it bears the mark, or when no disk has come up for 5 s,
# as it is not to be made on one disk while its own is slow. Not before there are as many as the plan has. Sets missing.
are_there() {
    [ "$disks" = "$before" ] || steady=0
    before=$disks steady=$((steady + 1)) unnamed=''
    while IFS=' ' read -r word first second _; do
        case $word,$first in
        disk,*)
            unnamed='' missing=$first
            case $first in /dev/*) [ -e "$first" ] || return 1 ;; *) unnamed=$first ;; esac
            ;;
        part,* | sh,*)
            [ "$word" = part ] || second=script
            missing="more disks, as none bears the mark of \"$second\""
            [ -z "$unnamed" ] || [ $steady -gt 25 ] || bears_mark "$second" || return 1
            unnamed=''
            ;;
        esac
    done <"$S/plan"
    missing="$disk_count disks"
    # shellcheck disable=SC2086 # names without blanks
    set -- $disks
    [ $# -ge $disk_count ]
}

bears_mark() { # LABEL
    for each in $disks; do
        read_mark "$each"
        [ "$mark_label" != "$1" ] || return 0
    done
    return 1
}

# Does the plan mean this disk by a name?
is_named() { # DISK
    while IFS=' ' read -r word selector_of _; do
        # shellcheck disable=SC3013 # -ef is in every sh that can be init's: dash, bash, busybox
        case $word,$selector_of in disk,/dev/*) [ ! "$selector_of" -ef "/dev/$1" ] || return 0 ;; esac
    done <"$S/plan"
    return 1
}

settle() { [ $has_udev = no ] || udevadm settle --timeout=15; }

# Whole disks that are no loop, RAM or optical ones, nor a path to one that has several; removable ones when the plan names them, as some adapters call all theirs so.
list_disks() {
    disks=${STATELITE_DISKS-}
    [ -z "${STATELITE_DISKS+set}" ] || return 0
    set +f
    for device in /sys/block/*; do
        each=${device##*/} size=0 removable=1
        if [ ! -e "$device/device" ] || [ ! -b "/dev/$each" ]; then continue; fi
        case $each in fd* | sr* | mtdblock*) continue ;; esac
        read -r size <"$device/size"
        read -r removable <"$device/removable"
        if [ "$size" -eq 0 ] || { [ "$removable" != 0 ] && ! is_named "$each"; }; then continue; fi
        disks="$disks $each"
    done 2>/dev/null
    set -f
}

# The disk that $selector means: sets disk, or why not.
find_disk() {
    case $selector in
    /dev/*)
        [ -e "$selector" ] || { why="there is no such disk; found $(found_disks)"; return 1; }
        real=$(readlink -f "$selector")
        disk=${real##*/}
        [ -e "$W/$disk" ] || { why="it is $real, which is no whole disk of this node; found $(found_disks)"; return 1; }
        case $taken in *" $disk "*) why="/dev/$disk is already another disk of the plan"; return 1 ;; esac
        return
        ;;
    'size>='*) least=${selector#size>=} least=${least%M} ;;
    *) least=0 ;;
    esac
    marked='' fitting='' blank=''
    for each in $disks; do
        case $taken in *" $each "*) continue ;; esac
        ! is_named "$each" || continue
        load "$each"
        [ "$mib" -ge "$least" ] || continue
        fitting="$fitting $each"
        [ "$mark_label" != "$first_label" ] || marked="$marked $each"
        case $state in blank | begun) blank="$blank $each" ;; esac
    done
    # shellcheck disable=SC2086 # lists of kernel names
    set -- $marked
    [ $# -le 1 ] || { why="$# disks bear the mark of \"$first_label\", it must be one: $(found_disks)"; return 1; }
    [ $# -eq 0 ] || { disk=$1; return; }
    # shellcheck disable=SC2086
    case $selector in
    first-empty)
        set -- $blank
        [ $# -eq 0 ] || { disk=$1; return; }
        set -- $fitting
        if [ $# -eq 1 ] && [ "$wipe_disk" = "$selector" ]; then disk=$1; return; fi
        [ $# -ne 1 ] || hint=wipe
        why="no disk is empty; found $(found_disks)"
        ;;
    *)
        set -- $fitting
        [ $# -ne 1 ] || { disk=$1; return; }
        why="$# disks are that large, it must be one; found $(found_disks)"
        ;;
    esac
    return 1
}

found_disks() {
    list=''
    for each in $disks; do
        load "$each"
        find_names "$each"
        name=${names%%,*}
        list="$list; /dev/$each${name:+ (${name##*/})} $mib MiB: $text"
    done
    list=${list#; }
    printf '%s' "${list:-no disk at all}"
    [ -n "${STATELITE_DISKS+set}" ] || list_driverless
}

# Storage controllers, but those of IDE, that no driver has taken.
list_driverless() {
    set +f
    for device in /sys/bus/pci/devices/*; do
        read -r class <"$device/class"
        case $class in 0x0101*) continue ;; 0x01*) [ ! -e "$device/driver" ] || continue ;; *) continue ;; esac
        read -r vendor <"$device/vendor"
        read -r model <"$device/device"
        printf '; the image has no driver for the storage controller %s:%s' "${vendor#0x}" "${model#0x}"
    done 2>/dev/null
    set -f
}
