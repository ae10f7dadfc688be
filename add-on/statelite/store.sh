# --- the store ---
# .statelite-rows: paths whose first copy is complete; .statelite-incomplete: paths being copied, which were never handed out.

# The two stores are the node's directory on a server, and its local disk: what is known of one waits while the other is worked on.
use_store() { # persistent | localdisk
    [ "$store" != "$1" ] || return 0
    store=$1 last_in_store=''
    set -- "$P" "$is_open" "${known-}" "${cut-}" "${is_known_changed-}"
    P=$other is_open=$other_is_open known=${other_known-} cut=${other_cut-} is_known_changed=${other_changed-}
    other=$1 other_is_open=$2 other_known=$3 other_cut=$4 other_changed=$5
}

open_store() {
    case $store in localdisk) what='local disk' ;; *) what=store ;; esac
    is_mounted "$P" || die "the $what of $node is not mounted at $P: nothing is kept in RAM instead"
    is_open=yes
    known=$nl cut=$nl is_known_changed=no
    [ ! -e "$P/.statelite-incomplete" ] || while IFS= read -r name; do cut=$cut$name$nl; done <"$P/.statelite-incomplete"
    [ ! -e "$P/.statelite-rows" ] || while IFS= read -r name; do
        case $cut in *"$nl$name$nl"*) is_known_changed=yes ;; *) known=$known$name$nl ;; esac
    done <"$P/.statelite-rows"
    [ "$cut" = "$nl" ] || drop_half_copies
}

is_mounted() {
    while IFS=' ' read -r _ _ _ _ at rest; do
        [ "$at" = "$1" ] && return
    done </proc/self/mountinfo
    return 1
}

# Is what the store has at $path state, or a directory that was only made above some?
is_state() {
    case $known$cut in *"$nl$path/"*) ;; *) return 0 ;; esac
    at=$path
    while [ -n "$at" ]; do
        case $known in *"$nl$at$nl"*) return 0 ;; esac
        at=${at%/*}
    done
    [ "$type" = file ] || [ -L "$P$path" ]
}

know() {
    case $known in *"$nl$1$nl"*) ;; *) known=$known$1$nl is_known_changed=yes ;; esac
}

know_entry() {
    case $1 in *"$nl"*) die "$path: the store has a name with a line end in it: $1" ;; esac
    know "${1#"$P"}"
}

remove() { rm -rf "$1" || die "cannot remove a half copy below $P"; }

for_unknown() { # ACTION DIRECTORY: for all below it that is neither a complete row nor leads to one
    [ ! -L "$2" ] || return 0
    action=$1
    set +f
    set -- "$2"/* "$2"/.[!.]* "$2"/..?*
    set -f
    for entry do
        case $known in
        *"$nl${entry#"$P"}$nl"*) ;;
        *"$nl${entry#"$P"}/"*) for_unknown "$action" "$entry" ;;
        *) if [ -e "$entry" ] || [ -L "$entry" ]; then $action "$entry"; fi ;;
        esac
    done
}

# A power cut while state was being copied for the first time: all of it is removed, but for complete rows below it.
drop_half_copies() {
    say "$store: the first copy was cut off last time, it is made again"
    set --
    while IFS= read -r name; do
        case $name/ in / | [!/]* | *//* | */./* | */../*) continue ;; esac
        case $known in
        *"$nl$name/"*) for_unknown remove "$P$name" ;;
        *) set -- "$@" "$P$name" ;;
        esac
    done <"$P/.statelite-incomplete"
    [ $# -eq 0 ] || rm -rf "$@" || die "cannot remove a half copy below $P"
}

# Nothing is ever written through a symlink that the node made, nor put in place of its files.
store_is_straight() {
    at=${path%/*}
    while [ -n "$at" ]; do
        if [ -L "$P$at" ] || { [ -e "$P$at" ] && [ ! -d "$P$at" ]; }; then die "$path: the store has no directory at $at, but something else"; fi
        at=${at%/*}
    done
}

copy_to_stores() {
    for one in persistent localdisk; do
        use_store $one
        copy_to_store || return
    done
}

# State is copied once. The list of what is being copied lies in the store until all of it is on the server's disk.
copy_to_store() {
    [ "$is_open" = yes ] || return 0
    if [ ! -e "$W/new.$store" ]; then
        [ "$is_known_changed" = no ] || keep .statelite-rows "${known#"$nl"}"
        return
    fi
    [ -w "$P" ] || die "the store $P is not writable: no $store row can be kept"
    [ "$is_known_changed" = no ] || keep .statelite-rows "${known#"$nl"}"
    new=
    while IFS= read -r path; do new=$new$path$nl; done <"$W/new.$store"
    keep .statelite-incomplete "$new"
    copy_ancestors "$store" "$P" && copy_ancestors "around-$store" "$P" && copy_all "$store" "$P" && copy_around
    is_copied=$?
    are_sources_there || return 1
    [ $is_copied -eq 0 ] || die 'the first copy to the store failed, see above: nothing is kept in RAM instead'
    keep .statelite-rows "${known#"$nl"}$new"
    rm -f "$P/.statelite-incomplete" || die "cannot complete the copy to the store $P"
}

keep() { # NAME TEXT: everything written to the store so far is safe before the file is there, and it is there as a whole
    { printf %s "$2" >"$P/$1.new" && sync -f "$P" && mv -f "$P/$1.new" "$P/$1" && sync -f "$P"; } 2>>"$LOG" || die "cannot write $1 to the store $P"
}

copy_around() {
    set --
    IFS=$nl
    for name in $known; do set -- "$@" "--exclude=.$name"; done
    IFS=' '
    copy_all "around-$store" "$P" "$@"
}
