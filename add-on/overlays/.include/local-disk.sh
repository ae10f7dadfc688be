# Makes partitions once, on a disk with nothing on it. One bears NAME.unfinished until it is whole: then it gets the label NAME, and after that its own name.
# So a power cut leaves what the next boot makes again, and what is whole, or anybody else's, is never touched.

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export BLKID_FILE=/dev/null # what is on disks is read there, not in a cache
BEGUN='statelite: no partition yet'

# Unless they are there, or begun: these partitions on the first free disk of so many GiB or more. Each PART is its name, then what sfdisk(8) takes for it.
make_partitions() { # GIB PART...
    least=$1 names='' table='label: gpt'
    shift
    for part; do
        name=${part%%,*} names="$names ${part%%,*}"
        table="$table
name=$name.unfinished${part#"$name"}"
    done
    load_drivers
    disks=none
    until look_for_partitions || [ "$disks" = "$(ls /sys/block)" ]; do disks=$(ls /sys/block) && sleep 5; done
    [ "$there" != "$names" ] || return 0
    [ -z "$there" ] || { echo "only$there is there, of$names: nothing was made" >&2; return 1; }
    for tool in wipefs cmp sfdisk partx; do command -v $tool >/dev/null || { echo "the image has no $tool" >&2; return 1; }; done
    disk=$(free_disk "$least") || { echo "no disk of $least GiB or more is blank: nothing was made, no disk was touched" >&2; return 1; }
    echo "making$names on $disk"
    echo "$BEGUN" | dd of="$disk" conv=notrunc,fsync status=none || return
    echo "$table" | sfdisk --quiet --wipe always --wipe-partitions always --no-reread --no-tell-kernel "$disk" && partx --update "$disk"
}

# Is the partition begun, and not whole? Sets device.
unfinished() { # NAME
    if device=$(findfs "LABEL=$1" 2>/dev/null); then
        echo "$1 is $device"
        [ "$(blkid --probe --match-tag PART_ENTRY_NAME --output value "$device")" != "$1.unfinished" ] || name_partition "$1"
        return 1
    fi
    device=$(findfs "PARTLABEL=$1.unfinished") || return
    label=$(blkid --probe --match-tag LABEL --output value "$device")
    [ -z "$label" ] || { echo "$device is named $1.unfinished and labelled $label: it stays as it is" >&2; return 1; }
}

# What was made on $device is whole: the command gives it its label.
finish() { # NAME COMMAND...
    name=$1
    shift
    sync
    "$@" && name_partition "$name" && echo "$name is $device"
}

name_partition() { # NAME
    sys=/sys/class/block/${device#/dev/}
    sync
    sfdisk --quiet --no-reread --no-tell-kernel --part-label "/dev/$(basename "$(readlink -f "$sys/..")")" "$(cat "$sys/partition")" "$1"
}

# The first disk that is free; no loop, RAM, optical or removable one, and none that is part of something.
free_disk() { # GIB
    for sys in /sys/block/*; do
        disk=/dev/${sys##*/} sectors=$(cat "$sys/size")
        [ -e "$sys/device" ] && [ "$(cat "$sys/removable" "$sys/ro" | tr -d '\n')" = 00 ] && [ -z "$(ls "$sys/holders")" ] &&
            [ "$sectors" -ge $(($1 * 2097152)) ] && is_free "$disk" "$sectors" && echo "$disk" && return
    done
    return 1
}

# No signature that wipefs knows, and zeros in its first and last 2 MiB; or what sfdisk left that was cut off: its last write takes the line away and makes a
# partition table of what is none for anybody.
is_free() { # DISK SECTORS
    signatures=$(wipefs --noheadings --no-act --output TYPE "$1") || return
    if [ "$(head -c 27 "$1" | tr -d '\0')" = "$BEGUN" ]; then
        ! printf %s "$signatures" | grep -qv gpt
    else
        [ -z "$signatures" ] && cmp -s -n 2097152 "$1" /dev/zero && cmp -s -n 2097152 -i $((($2 - 4096) * 512)):0 "$1" /dev/zero
    fi
}

# Sets which of the names are there; true for all of them. One that is not may be on a disk that is slow to come up: until none has come for five seconds.
look_for_partitions() {
    there=''
    for name in $names; do
        if findfs "LABEL=$name" || findfs "PARTLABEL=$name.unfinished"; then there="$there $name"; fi >/dev/null 2>&1
    done
    [ "$there" = "$names" ]
}

# Of the storage controllers that the machine has.
load_drivers() {
    # shellcheck disable=SC2046 # a word for each device
    modprobe -qab $(grep -hs bc01 /sys/bus/pci/devices/*/modalias) sd_mod
    # shellcheck disable=SC2046
    modprobe -qab virtio_blk $(cat /sys/bus/virtio/devices/*/modalias /sys/bus/vmbus/devices/*/modalias /sys/bus/xen/devices/*/modalias 2>/dev/null)
}
