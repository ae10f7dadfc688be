# --- links and joined files: one cpio archive ---

# One cpio archive, written by shell built-ins and one cat, holds every symlink, mount point, upper directory and concatenated file.
make_entries() {
    inode=1
    set --
    [ ! -e "$W/parts" ] || while IFS= read -r part; do set -- "$@" "$part"; done <"$W/parts"
    [ ! -e "$W/uppers" ] || while IFS= read -r top && IFS= read -r name; do set -- "$@" "$top"; done <"$W/uppers"
    : >"$W/stat"
    [ $# -eq 0 ] || stat -c '%s %f %u %g %Y %n/' "$@" >"$W/stat" 2>>"$LOG"
    exec 4<"$W/stat" 5>"$W/head"
    next_stat
    set --
    [ ! -e "$W/con" ] || plan_joins
    [ ! -e "$W/uppers" ] || while IFS= read -r top && IFS= read -r name; do
        [ "$found" = "$top" ] && cpio_head "$name" "$((0x$hex))" "$uid" "$gid" "$mtime" 0 >&5 && next_stat
    done <"$W/uppers"
    [ ! -e "$W/points" ] || while IFS= read -r mode && IFS= read -r path; do cpio_head "tmpfs$path" "$mode" 0 0 0 0 >&5; done <"$W/points"
    [ ! -e "$W/links" ] || while IFS= read -r name && IFS= read -r target; do
        cpio_head "$name" "$((0120777))" 0 0 0 "${#target}"
        printf %s "$target"
        cpio_pad "${#target}"
    done <"$W/links" >&5
    exec 4<&- 5>&-
    [ -s "$W/head" ] || [ -e "$W/joins" ] || return 0
    cpio_head 'TRAILER!!!' 0 0 0 0 0 >"$W/end"
    [ ! -e "$W/joins" ] || while IFS= read -r part; do set -- "$@" "$part"; done <"$W/joins"
    cat "$W/head" "$@" "$W/end" 2>>"$LOG" | (cd "$S" && cpio -idmu --quiet 2>>"$LOG") || say "making links failed, see $LOG"
    [ ! -e "$W/sizes" ] || check_joins
}

next_stat() {
    found=''
    IFS=' ' read -r bytes hex uid gid mtime found <&4
    found=${found%/}
}

# Writes to joins the pieces of each concatenated file: a header, its parts, its padding; the first part's mode and owner count.
plan_joins() {
    exec 3<"$W/parts"
    while IFS=' ' read -r parts path; do
        path=${path%/} size=0 n=0 record=$W/cpio.$inode
        : >"$W/pieces"
        while [ $n -lt "$parts" ]; do
            n=$((n + 1))
            IFS= read -r part <&3
            [ "$found" = "$part" ] || { problem "$path" "$part cannot be read"; continue; }
            [ $size -gt 0 ] || [ -s "$W/pieces" ] || first="$((0x$hex)) $uid $gid $mtime"
            size=$((size + bytes))
            printf '%s\n' "$part" >>"$W/pieces"
            next_stat
        done
        [ -s "$W/pieces" ] || continue
        # shellcheck disable=SC2086 # four numbers
        cpio_head "$joined$path" $first "$size" >"$record"
        cpio_pad "$size" >"$record.pad"
        { printf '%s\n' "$record"; while IFS= read -r part; do printf '%s\n' "$part"; done <"$W/pieces"; printf '%s\n' "$record.pad"; } >>"$W/joins"
        printf '%s %s/\n' "$size" "$path" >>"$W/sizes"
    done <"$W/con"
    exec 3<&-
}

# A part that grew or shrank while it was read shows in the size.
check_joins() {
    set --
    while IFS=' ' read -r size path; do set -- "$@" "$S/$joined${path%/}"; done <"$W/sizes"
    stat -c '%s %n/' "$@" >"$W/stat" 2>>"$LOG"
    exec 3<"$W/stat"
    while IFS=' ' read -r size path; do
        IFS=' ' read -r bytes found <&3
        [ "$bytes $found" = "$size $S/$joined$path" ] || problem "${path%/}" "it has not the $size bytes of its parts"
    done <"$W/sizes"
    exec 3<&-
}

cpio_head() { # NAME MODE UID GID MTIME SIZE: a "newc" header
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' "$inode" "$2" "$3" "$4" 1 "$5" "$6" 0 0 0 0 $((${#1} + 1)) 0 "$1"
    cpio_pad $((110 + ${#1} + 1))
    inode=$((inode + 1))
}

cpio_pad() { # LENGTH: fills up to a multiple of four
    case $(($1 % 4)) in
    1) printf '\0\0\0' ;;
    2) printf '\0\0' ;;
    3) printf '\0' ;;
    esac
}
