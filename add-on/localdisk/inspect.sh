# --- what is on a disk ---

# Facts of a disk: $W/<disk> has `<state> <id> <mark's label> <GPT's id> <MiB> <text>` and `part <number> <MiB> <type> <label> <partition label> <device>` lines.
# States: blank, begun, ours, other, overwritten (a begun mark beside something else), unreadable.
inspect() { # DISK
    read -r sectors <"/sys/class/block/$1/size" || sectors=0
    mib=$((sectors / 2048)) text='' parts_found='' count=0
    read_mark "$1"
    list_parts "$1"
    signatures=$(wipefs -n "/dev/$1" 2>&1)
    if [ "$state" = begun ]; then
        # Elsewhere something else may have been put on it, past which the mark survived.
        is_begun_gpt "$1" || state=overwritten
    elif [ -z "$state" ]; then
        if ! edges "$1" "$mib"; then
            state=unreadable text='it cannot be read'
        elif [ "$zero" = yes ] && [ -z "$parts_found$signatures" ]; then
            state=blank text='blank'
        else
            state=other
        fi
    fi
    [ -n "$text" ] || describe "$1"
    { printf '%s %s %s %s %s %s\n' "$state" "$id" "$mark_label" "$gpt_id" "$mib" "$text"; printf %s "$parts_found"; } >"$W/$1"
}

read_mark() { # DISK: sets state, id, mark_label and gpt_id
    state='' id=- mark_label=- gpt_id=-
    mark=$(dd if="/dev/$1" bs=4096 skip=$MARK_BLOCK count=1 2>/dev/null | tr -d '\0') || mark=
    case $mark in 'statelite-disk 1 '*)
        IFS=' ' read -r _ _ state id mark_label gpt_id _ <<END
$mark
END
        case $state in begun) ;; complete) state=ours ;; *) state=other ;; esac
        ;;
    esac
}

# Nothing that is not ours, the GPT of the mark, or the half of one that a power cut left, which nobody can have used. Of a script, whose table is not in the mark for
# a moment, one whose partitions are all blank.
is_begun_gpt() { # DISK
    # What was being wiped may hold anything that has no signature any more.
    if [ -z "$signatures" ]; then
        [ "$id" != - ] || [ "$(dd if="/dev/$1" bs=4096 skip=16 count=$((MARK_BLOCK - 16)) 2>/dev/null | tr -d '\0' | wc -c)" -eq 0 ]
        return
    fi
    found_id=$(blkid -p -s PTUUID -o value "/dev/$1" 2>/dev/null)
    [ "$found_id" != "$gpt_id" ] || return 0
    [ "$gpt_id" = script ] || [ -z "$found_id" ] || return 1
    for value in $(wipefs -n --noheadings -O TYPE "/dev/$1" 2>/dev/null); do
        case $value,$gpt_id in gpt,* | PMBR,* | dos,script) ;; *) return 1 ;; esac
    done
    [ "$gpt_id" != script ] || are_parts_blank
}

are_parts_blank() {
    while IFS=' ' read -r _ _ size type _ _ part; do
        [ -n "$part" ] || continue
        [ "$type" = - ] && edges "${part#/dev/}" "$size" && [ "$zero" = yes ] || return 1
    done <<END
$parts_found
END
}

# Are the first and the last two MiB zero? Sets zero; fails when they cannot be read.
edges() { # DEVICE MIB
    zero=yes
    for skip in 0 $(($2 > 1 ? $2 - 1 : 0)); do
        dd if="/dev/$1" of=/dev/null bs=1048576 skip=$skip count=2 2>/dev/null || return 1
        [ "$(dd if="/dev/$1" bs=1048576 skip=$skip count=2 2>/dev/null | tr -d '\0' | wc -c)" -eq 0 ] || zero=no
    done
}

list_parts() { # DISK: sets parts_found and count
    set +f
    set -- "/sys/class/block/$1/$1"*
    set -f
    nodes=''
    for path do
        [ -e "$path/partition" ] || continue
        nodes="$nodes /dev/${path##*/}"
    done
    [ -n "$nodes" ] || return 0
    for part in $nodes; do
        read -r number <"/sys/class/block/${part##*/}/partition"
        read -r size <"/sys/class/block/${part##*/}/size"
        type=- label=- part_label=-
        facts=$(blkid -p -o export "$part" 2>/dev/null)
        while IFS='=' read -r key value; do
            value=${value%%[!A-Za-z0-9._+-]*}
            case $key in
            TYPE) type=${value:--} ;;
            LABEL) label=${value:--} ;;
            PART_ENTRY_NAME) part_label=${value:--} ;;
            esac
        done <<END
$facts
END
        count=$((count + 1))
        parts_found="${parts_found}part $number $((size / 2048)) $type $label $part_label $part$nl"
    done
}

# What a disk holds, in words.
describe() { # DISK
    text='' table=''
    for value in $(blkid -p -s PTTYPE -s TYPE -o value "/dev/$1" 2>/dev/null); do table="$table $value"; done
    while IFS=' ' read -r word number size type label part_label _; do
        [ "$word" = part ] || continue
        [ "$label" != - ] || label=$part_label
        text="$text, $number $type"
        [ "$label" = - ] || text="$text \"$label\""
        text="$text $size MiB"
    done <<END
$parts_found
END
    case $table,$count in
    ,0) text='data without a known signature' ;;
    *,0) text="${table# }, no partitions" ;;
    *) text="${table# }${table:+, }$count partition(s): ${text#, }" ;;
    esac
}

load() { # DISK: what inspect found
    { IFS=' ' read -r state id mark_label gpt_id mib text; } <"$W/$1"
}

# Its names below /dev/disk, which the image's udev gives.
find_names() { # DISK: sets names
    names=''
    set +f
    # shellcheck disable=SC3013 # -ef is in every sh that can be init's: dash, bash, busybox
    for link in /dev/disk/by-id/* /dev/disk/by-path/*; do
        [ "$link" -ef "/dev/$1" ] && names="$names,$link"
    done 2>/dev/null
    set -f
    names=${names#,}
}

tell_disk() { # DISK
    load "$1"
    find_names "$1"
    tell "disk /dev/$1 $mib $state $id $mark_label ${names:--} $text"
    while IFS=' ' read -r word number size type label part_label _; do
        [ "$word" != part ] || tell "diskpart /dev/$1 $number $size $type $label $part_label"
    done <"$W/$1"
}

load_parts() {
    found_parts=$nl found_count=0
    while IFS= read -r line; do
        case $line in 'part '*) found_parts=$found_parts$line$nl found_count=$((found_count + 1)) ;; esac
    done <"$W/$disk"
}

find_part() { # NUMBER: sets part_size part_type part_fs_label part_label part_device
    case $found_parts in *"${nl}part $1 "*) ;; *) return 1 ;; esac
    line=${found_parts#*"${nl}part $1 "}
    IFS=' ' read -r part_size part_type part_fs_label part_label part_device <<END
${line%%"$nl"*}
END
}

is_busy() {
    while IFS=' ' read -r device _; do
        case $device in "/dev/$disk" | "/dev/$disk"[0-9]* | "/dev/${disk}p"[0-9]*) return 0 ;; esac
    done <<END
$(cat /proc/mounts /proc/swaps)
END
    return 1
}

list_devices() { # DISK
    while IFS=' ' read -r word _ _ _ _ _ device; do
        [ "$word" != part ] || printf '%s\n' "$device"
    done <"$W/$1"
}
