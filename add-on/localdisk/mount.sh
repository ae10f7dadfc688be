# --- mounting, and swap ---

# Takes down what `localdisk mount` is to do; the store is mounted now, as rows need it.
ready_part() {
    find_part "$number" || return 0
    if [ "$mount" = store ]; then
        mkdir -p "$S/localdisk"
        mount_part "$S/localdisk" || unmounted
    elif [ "$mount" != - ] || [ "$fstype" = swap ]; then
        printf '%s %s %s %s %s %s\n' "$mount" "$part_device" "$fstype" "$options" "$flags" "$label" >>"$S/localdisk.ready"
    fi
}

mount_part() { # DIRECTORY: sets why
    if [ "$fstype" = ext4 ] && command -v e2fsck >/dev/null; then
        said=$(e2fsck -p "$part_device" 2>&1)
        [ $? -lt 4 ] || { why="e2fsck found errors on $part_device (\"$label\") that it does not mend by itself: ${said%%"$nl"*}"; return 1; }
    fi
    set -- "$1" -t "$fstype"
    at=$1
    shift
    [ "$options" = - ] || set -- "$@" -o "$options"
    said=$(mount "$@" "$part_device" "$at" 2>&1) || { why="$part_device (\"$label\") cannot be mounted at ${at#"$ROOT"}: ${said%%"$nl"*}"; return 1; }
    case ,$flags, in *,grow,*) grow_file_system "$at" || say "WARNING: the $fstype on $part_device could not grow" ;; esac
}

unmounted() {
    case ,$flags, in *,nofail,*) ;; *) stop "$why" ;; esac
    say "WARNING: $why; the node goes on without it (nofail)"
    tell "warning local disk: $why"
}

# Outer mount points before inner ones.
mount_all() {
    [ -e "$S/localdisk.ready" ] || return 0
    : >"$S/localdisk.report"
    sorted=$(sort "$S/localdisk.ready")
    while IFS=' ' read -r mount part_device fstype options flags label; do
        [ -n "$mount" ] || continue
        if [ "$fstype" = swap ]; then
            use_swap || unmounted
        elif [ -d "$ROOT$mount" ] || mkdir -p "$ROOT$mount" 2>/dev/null; then
            mount_part "$ROOT$mount" || unmounted
        else
            why="there is no directory $mount to mount \"$label\" on, and it cannot be made: the image is read-only there"
            unmounted
        fi
    done <<END
$sorted
END
}

use_swap() {
    set --
    [ "$options" = - ] || set -- -o "$options"
    said=$(swapon "$@" "$part_device" 2>&1) || { why="swap on $part_device (\"$label\"): ${said%%"$nl"*}"; return 1; }
}
