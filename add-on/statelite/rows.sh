# --- what each kind of row asks of the passes ---

# Sets origin and lists for copying to DESTINATION: a file from its first source, a directory from every one, the best last so that it wins.
plan_copy() {
    note_ancestors "$1"
    origin='' noted=''
    if [ "$type" = file ]; then
        find_first
        printf '.%s\n' "$path" >>"$W/copy.$1.$origin"
        return
    fi
    for from in $base $reversed; do
        has "$from" || continue
        printf '.%s\n' "$path" >>"$W/copy.$1.$from"
        origin=$from${origin:+"+$origin"}
    done
    [ -n "$origin" ] || origin=nowhere
}

note_ancestors() { # DESTINATION: the directories above $path get the image's mode and owner there too
    parent=${path%/*}
    case $1 in
    tmpfs) [ "$base$parent" != "$last_in_ram" ] || return 0; last_in_ram=$base$parent ;;
    *) [ "$1$base$parent" != "$last_in_store" ] || return 0; last_in_store=$1$base$parent ;;
    esac
    rest=${parent#/} at=.
    while [ -n "$rest" ]; do
        at=$at/${rest%%/*}
        printf '%s\n' "$at" >>"$W/ancestors.$1.$base"
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    done
}

plan_tmpfs() {
    plan_copy tmpfs
    [ "$mechanism" = link ] || bind "$T" bind
}

plan_persistent() {
    [ "$is_open" = yes ] || open_store
    if { [ -e "$P$path" ] || [ -L "$P$path" ]; } && is_state; then
        origin=store
        know "$path"
        [ "$mechanism" = link ] || [ ! -L "$P$path" ] || die "$path: the store has a symlink there, which cannot be mounted"
    else
        store_is_straight
        if [ -d "$P$path" ]; then
            for_unknown know_entry "$P$path"
            plan_copy "around-$store"
        else
            plan_copy "$store"
        fi
        printf '%s\n' "$path" >>"$W/new.$store"
    fi
    [ "$place" = covered ] && return
    if [ "$mechanism" = link ]; then link "${P#"$S/"}$path"; else bind "$P" bind; fi
}

plan_ro() {
    find_first
    if [ "$mechanism" = link ]; then
        case $origin in default) link "../.default$path" ;; *) link "mnt/$origin$path" ;; esac
    elif [ "$origin" = root ]; then
        pristine
        bind "$S/image" bind,ro
    else
        origin_root "$origin"
        bind "$root" bind,ro
    fi
}

plan_con() {
    parts=0
    note_ancestors tmpfs
    origin='' noted=''
    for from in $base $sources $joins; do
        has "$from" || continue
        printf '%s%s\n' "$root" "$path" >>"$W/parts"
        parts=$((parts + 1)) origin=${origin:+$origin+}$from
    done
    [ -n "$origin" ] || { origin=nowhere; return; }
    printf '%s %s/\n' "$parts" "$path" >>"$W/con"
    [ "$mechanism" = link ] || bind "$T" bind
}

# The layers are symlinks of ours, as mount options have no room for every path.
plan_overlay() {
    if [ "$storage" = localdisk ]; then
        use_store localdisk
        [ "$is_open" = yes ] || open_store
    fi
    overlaid=$overlaid$path$nl
    layers='' origin='' top='' at=$S/overlay/$rows noted=''
    for from in $sources $base; do
        has "$from" || continue
        [ -n "$top" ] || top=$root$path
        case $from in root) target=../../..$path ;; *) target=../../mnt/$from$path ;; esac
        printf '%s\n%s\n' "overlay/$rows/$from" "$target" >>"$W/links"
        layers=${layers:+$layers:}$at/$from origin=${origin:+$origin+}$from
    done
    [ -n "$origin" ] || { origin=nowhere; return; }
    if [ "$storage" = localdisk ]; then
        printf '%s\n%s\n' "overlay/$rows/disk" "../../localdisk/.statelite-overlays$path" >>"$W/links"
        changes=$at/disk
        for name in upper work; do
            [ -d "$P/.statelite-overlays$path/$name" ] || printf '%s\n%s\n' "$top" "localdisk/.statelite-overlays$path/$name" >>"$W/uppers"
        done
    else
        printf '%s\n%s\n' "$top" "overlay/$rows/upper" >>"$W/uppers"
        overlays="$overlays $at/upper $at/work"
        changes=$at
    fi
    printf 'overlay %s%s overlay lowerdir=%s,upperdir=%s/upper,workdir=%s/work 0 0\n' "$ROOT" "$as" "$layers" "$changes" "$changes" >>"$W/fstab"
}

# The image as it was, at $S/image: a row's parent may be mounted over the path before the row itself is.
pristine() {
    [ "$image" = '' ] || return 0
    image=$S/image
    mkdir "$image"
    printf '%s %s none bind 0 0\n' "$ROOT" "$image" >>"$W/fstab"
}

bind() { printf '%s%s %s%s none %s 0 0\n' "$1" "$as" "$ROOT" "$as" "$2" >>"$W/fstab"; }

# Makes $T$path a relative symlink to TARGET, given from /.statelite.
link() {
    note_ancestors tmpfs
    up='' rest=${path#/}
    while :; do
        up=../$up
        case $rest in */*) rest=${rest#*/} ;; *) break ;; esac
    done
    printf '%s\n%s\n' "tmpfs$path" "$up$1" >>"$W/links"
}

mount_binds() {
    [ -e "$W/fstab" ] || return 0
    # shellcheck disable=SC2086 # names of our own making, without blanks
    [ -z "$overlays" ] || mkdir -p $overlays
    mount -a -T "$W/fstab" 2>>"$LOG" || say "mounting failed for some rows, see $LOG"
}
