# --- copying from sources: a pair of tars for each ---

copy_ancestors() { # DESTINATION DIRECTORY
    for from in default root; do
        [ -e "$W/ancestors.$1.$from" ] || continue
        origin_root $from
        copy "$root" "$W/ancestors.$1.$from" "$2" --no-overwrite-dir --no-recursion || return
    done
}

# What overlays delete is left out of all sources but the overlays themselves, which come last.
copy_all() { # DESTINATION DIRECTORY EXCLUDES...
    destination=$1 directory=$2
    shift 2
    excludes=$#
    IFS=$nl
    for name in $deleted; do set -- "--exclude=.$name" "$@"; done
    IFS=' '
    for from in default root $reversed; do
        case $from in overlay | joined) shift $(($# - excludes)) ;; esac
        [ -e "$W/copy.$destination.$from" ] || continue
        origin_root "$from"
        copy_one "$root" "$W/copy.$destination.$from" "$directory" --overwrite-dir "$@" || return
    done
}

copy_one() { if [ "$destination" = tmpfs ]; then timed "$from" copy "$@"; else copy "$@"; fi; }

copy_to_tmpfs() {
    set --
    [ ! -e "$W/holes" ] || while IFS= read -r path; do set -- "$@" "--exclude=.$path"; done <"$W/holes"
    copy_ancestors tmpfs "$T"
    copy_all tmpfs "$T" "$@"
}

# One pair of tars. A second try makes room where a directory from a later source stands in the way of a file.
copy() { # FROM LIST TO EXTRACT-OPTION ARCHIVE-OPTIONS...
    pass "$@" || { clear_way "$1" "$3" && pass "$@"; }
    copied=$?
    [ -z "$errors" ] || note "$errors"
    [ $copied -eq 0 ] && return
    say "copying from $1 to $3 failed for some paths" && is_whole=no
    each_error is_uncopied
    [ "$3" = "$T" ]
}

pass() {
    from_root=$1 list=$2 to_root=$3 extract=$4
    shift 4
    # shellcheck disable=SC2086 # a list of options
    errors=$({
        { tar -C "$from_root" -cf - $ATTRIBUTES --quoting-style=literal --sparse --numeric-owner --no-wildcards --anchored "$@" --verbatim-files-from --no-unquote -T "$list" || echo failed >&2; } |
            tar -C "$to_root" -xpf - $ATTRIBUTES --quoting-style=literal --numeric-owner "$extract" || echo failed >&2
    } 2>&1)
    case $nl$errors$nl in *"${nl}failed$nl"*) return 1 ;; esac
}

each_error() { # ACTION: for each path that a tar complains of
    IFS=$nl
    for line in $errors; do
        case $line in 'tar: ./'*) line=${line#tar: ./} && $1 ;; esac
    done
    IFS=' '
}

is_uncopied() { uncopied="$uncopied/$line$nl"; }

clear_way() { # FROM TO: true when a second try makes sense
    from_root=$1 to_root=$2 cleared=no
    each_error clear_path
    [ $cleared = yes ]
}

clear_path() {
    name=${line%%: Cannot*}
    if [ "$to_root" != "$T" ]; then case $known in *"$nl/$name/"*) return ;; esac; fi
    find_type "$from_root/$name" && [ "$found" != directory ] && find_type "$to_root/$name" && [ "$found" = directory ] && rm -rf "${to_root:?}/$name" && cleared=yes
}
