# --- overlays, as the initrd unpacked them: first source, last source, and lists of what they append to and delete ---

# Overlays of the plan, as the initrd unpacked them: mnt/overlay is the first source, mnt/absent the last; mnt/append is what con rows join last.
# Files that an overlay adds to are joined with what they are otherwise, in mnt/joined, which is a source too.
prepare_overlay() {
    early='' late='' joins='' deleted=$nl joined=mnt/joined
    for kind in shared own private; do
        [ ! -e "$S/lists/delete.$kind" ] || while IFS= read -r path; do deleted=$deleted${path%/}$nl; done <"$S/lists/delete.$kind"
        [ ! -e "$S/lists/append.$kind" ] || plan_appends "$S/lists/append.$kind"
    done
    if [ -e "$W/con" ]; then
        make_entries
        rm -f "$W/parts" "$W/con" "$W/joins" "$W/sizes" "$W/stat" "$W/head"
        are_sources_there || return
    fi
    joined=tmpfs
    [ ! -d "$S/mnt/append" ] || joins=append
    [ ! -d "$S/mnt/overlay" ] || early=overlay
    [ ! -d "$S/mnt/joined" ] || early="$early joined"
    [ ! -d "$S/mnt/absent" ] || late=absent
}

read_only() { [ ! -d "$S/mnt/$1" ] || mount -o bind,ro "$S/mnt/$1" "$S/mnt/$1" 2>>"$LOG" || die "the files of overlays cannot be made read-only, see $LOG"; }

plan_appends() { # LIST: lines `default|root path/`, for a path in a directory row `default|root row/./path/`
    sources=''
    while IFS=' ' read -r word priority rest; do
        [ "$word" != source ] || [ ! -d "$S/mnt/$priority/" ] || sources="$sources $priority"
    done <"$S/plan"
    [ ! -d "$S/mnt/absent" ] || sources="$sources absent"
    storage=tmpfs mode=con mechanism=link type=file last_inside=''
    while IFS=' ' read -r base path; do
        path=${path%/} parts=1 row=${path%%/./*}
        if [ "$row" = "$path" ]; then find_first; else path=$row/${path#*/./} && find_merged; fi
        [ -z "$noted" ] || { is_whole=no && say "$path: nothing is added to it:$noted"; continue; }
        ! has "$origin" || { printf '%s%s\n' "$root" "$path" >>"$W/parts" && parts=2; }
        printf '%s\n' "$S/mnt/append$path" >>"$W/parts"
        printf '%s %s/\n' "$parts" "$path" >>"$W/con"
    done <"$1"
}

# Sets origin: the source whose $path is seen when all that have the directory $row are merged, the image last. What is no directory above $path hides all below it.
find_merged() {
    noted=''
    for origin in $sources "$base"; do
        origin_root "$origin"
        above=$row names=${path#"$row"/} found=directory
        while find_type "$root$above" && [ "$found" = directory ] && [ "$names" != "${names#*/}" ]; do
            above=$above/${names%%/*} names=${names#*/}
        done
        case $found,$above in
        directory,*) ! has "$origin" || return 0 ;;
        *,"$row") ;;
        *) break ;;
        esac
    done
    origin=none
}
