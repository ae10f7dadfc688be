# --- which source has what, and as what ---

# Directory an origin's files lie in: a litetree source, the image's defaults, or the image itself.
origin_root() {
    case $1 in
    default) root=$ROOT/.default ;;
    root) root=$ROOT ;;
    *) root=$S/mnt/$1 ;;
    esac
}

has() { # ORIGIN: does it hold $path, as the type the row has, without leading out of it?
    origin_root "$1"
    find_type "$root$path" || return 1
    inside "${path%/*}" || { unusable "$1 leads out of its tree above this path"; return 1; }
    case $type,$mode,$mechanism,$found in
    directory,*,directory | file,*,file | file,r?,link,symlink) return 0 ;;
    file,*,symlink) unusable "$1 has a symlink there, which cannot be joined or mounted" ;;
    *) unusable "$1 has a $found there, the row is a $type" ;;
    esac
    return 1
}

find_type() { # FILE: sets found, as the row types and `symlink`
    if [ -L "$1" ]; then
        found='symlink'
    elif [ -d "$1" ]; then
        found='directory'
    elif [ -e "$1" ]; then
        found='file'
    else
        return 1
    fi
}

unusable() {
    [ "$storage" = tmpfs ] || [ "$mechanism" = overlay ] || die "$path: $*; nothing was copied to the store"
    case $noted in *" $* "*) return 0 ;; esac
    noted="$noted $* "
    problem "$path" "$*"
}

inside() { # DIRECTORY: does it, all symlinks followed, lie inside $root?
    [ "$root$1" = "$last_inside" ] && return
    cd -P "$root/" && tree=$PWD && cd -P "$root$1" || return 1
    case $PWD/ in "${tree%/}"/*) last_inside=$root$1 ;; *) return 1 ;; esac
}

find_first() { # sets origin: the first source that has $path, the image last
    noted=''
    for origin in $sources; do
        has "$origin" && return
    done
    origin=$base
    has "$base" || [ "$storage" = tmpfs ] || die "$path: it is neither in a source nor in the image, nothing was copied to the store"
}
