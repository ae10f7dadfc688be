# --- looking at each row where the node will find it ---

# Second reading: each row is looked at where the node will find it.
verify() {
    failed=0 lost=0 first_lost='' seen=0 known_times=$nl
    [ ! -e "$W/copied" ] || count_bytes
    IFS=$nl
    # shellcheck disable=SC2086 # a line for each row that was copied
    set -- ${counted-}
    IFS=' '
    has_list=no
    [ ! -w "$ROOT/" ] || look_for_writable
    {
        while IFS=' ' read -r storage mode mechanism type origin path; do
            path=${path%/} outcome=ok reason='' seen=$((seen + 1)) option=$storage,$mode,$mechanism bytes=0
            home=$T$path
            case $storage in persistent | localdisk) use_store "$storage" && home=$P$path ;; esac
            case ${1-} in *"$tab$home") bytes=${1%%"$tab"*} && shift ;; esac
            check_row || {
                outcome=FAILED failed=$((failed + 1))
                [ "$storage" = tmpfs ] || { lost=$((lost + 1)) && : "${first_lost:=$path: $reason}"; }
                printf 'statelite: %s %s FAILED: %s\n' "$option" "$path" "$reason"
            }
            row_ms
            log_row
        done <"$W/rows"
    } 4>>"$LOG" 5>"$W/json" 6>>"${STATELITE_REPORT-/dev/null}"
    [ "$seen" -eq "$rows" ] || die "only $seen of $rows rows could be looked at: /.statelite is full"
    cat "$W/json" >>"$LOG" 2>/dev/null
    uptime_ms
    say "$((rows - failed)) of $rows rows in place after $((now - started)) ms"
}

# What was copied in this boot, in the order of rows: "<bytes><tab><file>".
count_bytes() { counted=$(du --apparent-size --block-size=1 --summarize --count-links --files0-from="$W/copied" 2>/dev/null); }

# The content lies in $look and is reached by $at. A copied symlink may dangle until the node runs; then only the symlink counts.
# shellcheck disable=SC3013 # -ef is in every sh that can be init's: dash, bash, busybox
check_row() { # sets reason
    at=$ROOT$path
    if [ "$origin" = deleted ]; then
        [ -e "$at" ] || return 0
        reason='it is still there, though an overlay deletes it'
        return 1
    fi
    case $storage,$mode,$mechanism in
    localdisk,*,overlay) look=$at ;;
    persistent,* | localdisk,*) if [ "$origin" = parent ]; then look=$at; else look=$P$path; fi ;;
    *,ro,*) origin_root "$origin" && look=$root$path && [ "$mechanism$origin" != bindroot ] || look=$image$path ;;
    *,overlay) look=$at ;;
    *) if [ "$origin" = parent ]; then look=$at; else look=$T$path; fi ;;
    esac
    ! has_problem || return 1
    if [ "$type" = directory ]; then
        [ -d "$look" ] || { reason="there is no directory $look"; return 1; }
    else
        [ -e "$look" ] || [ -L "$look" ] || { reason="there is no file $look"; return 1; }
        [ ! -d "$look" ] || [ -L "$look" ] || { reason="$look is a directory"; return 1; }
    fi
    if [ -e "$at" ]; then
        [ "$at" -ef "$look" ] || { reason="it does not lead to $look"; return 1; }
    elif [ ! -L "$at" ] || [ ! -L "$look" ]; then
        reason='there is nothing at the path'
        return 1
    fi
    [ ! -L "$look" ] || return 0
    case $mode in
    ro) ! is_writable || { reason='it is writable'; return 1; } ;;
    *) is_writable || { reason='it is not writable'; return 1; } ;;
    esac
}

is_writable() {
    [ $has_list = yes ] || { [ -w "$at" ]; return; }
    case $nl$writable$nl in *"$nl$at$nl"*) ;; *) return 1 ;; esac
}

# busybox takes all for writable, a read-only file system as well; what it says of the root betrays it. find(1) asks the kernel.
look_for_writable() {
    set --
    while IFS=' ' read -r _ _ _ _ _ path; do set -- "$@" "$ROOT${path%/}"; done <"$W/rows"
    has_list=yes writable=$(find -H "$@" -maxdepth 0 -writable 2>/dev/null)
}

has_problem() { # sets reason
    case $nl$problems in
    *"$nl$path: "*) reason=${problems#*"$path: "} ;;
    *) case $nl$uncopied in
        *"$nl$path: "*) reason=${uncopied#*"$path: "} ;;
        *"$nl$path/"*) reason=${uncopied#*"$path/"} ;;
        *) return 1 ;;
        esac ;;
    esac
    reason=${reason%%"$nl"*}
}
