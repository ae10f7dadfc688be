# --- reading the plan, and checking it ---

# First reading: decides for each row where its content comes from, and writes the lists that the passes below work from.
read_plan() {
    sources="${early#overlay} ${early%joined}" reversed=$early lines=0 complete=no half_row=no rows=0 overlays='' image='' tops=$nl overlaid=$nl last_free='' last_inside='' last_in_ram='' last_in_store='' store=persistent is_open=no other=$S/localdisk other_is_open=no
    : >"$W/rows"
    [ -r "$S/plan" ] || die 'there is no plan'
    while IFS=' ' read -r word storage mode mechanism type place path; do
        [ "$complete$half_row$word" = nonorow ] || check_order
        case $word in
        row)
            [ -z "$late" ] || { sources="$sources $late" reversed="$late $reversed" late=''; }
            path=${path%/}
            case $type,$place,$mechanism in
            file,top,link | file,below,link | file,covered,link | directory,top,link | directory,below,link | directory,covered,link)
                base=default as=
                plan_row
                ;;
            file,top,bind | file,below,bind | file,covered,bind | directory,top,bind | directory,below,bind | directory,covered,bind | directory,*,overlay)
                half_row=yes # the rest of it is on the next line
                row_storage=$storage row_mode=$mode row_mechanism=$mechanism row_type=$type row_place=$place row_path=$path
                ;;
            *) die "the plan has a row that this script does not know: $mechanism $type $place $path; run liteimg again" ;;
            esac
            ;;
        as)
            as=$storage half_row=no base=root
            storage=$row_storage mode=$row_mode mechanism=$row_mechanism type=$row_type place=$row_place path=$row_path
            plan_row
            ;;
        source) if [ -d "$S/mnt/$storage/" ]; then sources="$sources $storage" reversed="$storage $reversed"; else say "litetree $storage is not mounted: its rows take the next source"; fi ;;
        node) node=$storage P=$S/persistent/$node ;;
        statelite-plan) [ "$storage" = 1 ] || die "the plan has form $storage, this script reads form 1: run liteimg again" ;;
        end) [ "$storage" = "$lines" ] && complete=yes ;;
        overlay) [ -n "$early$late$joins" ] || [ -d "$S/lists" ] || die 'the overlay of the plan was not unpacked' ;;
        store | image | hash | script | disk | part | sh | wipe) ;;
        *) die "the plan has a line that this script does not know: $word; run liteimg again" ;;
        esac
        lines=$((lines + 1))
    done <"$S/plan"
    [ $complete = yes ] || die 'the plan is cut short'
}

check_order() {
    [ $complete = no ] || die 'the plan goes on after its end'
    [ $half_row = no ] || [ "$word" = as ] || die "the plan has $word where the rest of the row $row_path was expected"
    [ $half_row = yes ] || [ "$word" != as ] || die 'the plan has an as line without its row'
    [ "$lines" -gt 0 ] || [ "$word" = statelite-plan ] || die 'the plan does not begin with statelite-plan'
}

plan_row() {
    rows=$((rows + 1)) origin=$base
    [ "$place" != top ] || tops=$tops$path$nl
    case $deleted in *"$nl$path$nl"*)
        [ "$place" != below ] || plan_hole
        printf '%s %s %s %s deleted %s/\n' "$storage" "$mode" "$mechanism" "$type" "$path" >>"$W/rows"
        return
        ;;
    esac
    if [ "$place" = below ] && ! is_way_free; then
        printf '%s %s %s %s nowhere %s/\n' "$storage" "$mode" "$mechanism" "$type" "$path" >>"$W/rows"
        return
    fi
    case $storage,$mode,$mechanism in
    tmpfs,rw,overlay | localdisk,rw,overlay) plan_overlay ;;
    tmpfs,rw,*) if [ "$place" = covered ]; then origin=parent; else plan_tmpfs; fi ;;
    persistent,rw,link | persistent,rw,bind) use_store persistent && plan_persistent ;;
    localdisk,rw,link | localdisk,rw,bind) if [ "$place" = covered ] && is_overlaid; then origin=parent; else use_store localdisk && plan_persistent; fi ;;
    tmpfs,ro,link | tmpfs,ro,bind) plan_ro ;;
    tmpfs,con,link | tmpfs,con,bind) plan_con ;;
    *) die "the plan asks for $storage,$mode,$mechanism, which this script does not know: run liteimg again" ;;
    esac
    [ "$place" != below ] || plan_hole
    case $storage,$mode,$mechanism,$origin in
    *,ro,* | *,overlay,* | *,parent | *,nowhere | *,store) ;;
    persistent,* | localdisk,*) printf '%s\0' "$P$path" >>"$W/copied" ;;
    *) printf '%s\0' "$T$path" >>"$W/copied" ;;
    esac
    printf '%s %s %s %s %s %s/\n' "$storage" "$mode" "$mechanism" "$type" "$origin" "$path" >>"$W/rows"
}

# Between a row and the row above it, whose content is merged, the best source must not have put anything but directories; in an
# overlay nothing can be left out, so that what is mounted on must be there as well.
is_way_free() {
    parent=${path%/*} at=${path%/*}
    if [ "$parent" != "$last_free" ]; then
        until case $tops in *"$nl$at$nl"*) ;; *) false ;; esac; do
            is_first directory || return 1
            at=${at%/*}
        done
        last_free=$parent last_top=$at
    fi
    case $overlaid in *"$nl$last_top$nl"*) at=$path && is_first "$type" ;; esac
}

is_first() { # TYPE: is it what the best source has at $at?
    for from in $sources $base; do
        origin_root "$from"
        find_type "$root$at" || continue
        [ "$found" = "$1" ] || problem "$path" "$from has a $found at $at, where a $1 must be"
        [ "$found" = "$1" ]
        return
    done
}

# Does all that is below the row above it lie in an overlay?
is_overlaid() {
    at=${path%/*}
    until case $tops in *"$nl$at$nl"*) ;; *) false ;; esac; do at=${at%/*}; done
    case $overlaid in *"$nl$at$nl"*) ;; *) return 1 ;; esac
}

# The parent's copy leaves out what this row replaces; a mount needs something there to be mounted on.
plan_hole() {
    printf '%s\n' "$path" >>"$W/holes"
    [ "$mechanism" = bind ] || return 0
    case $type in directory) printf '%s\n%s\n' "$((0040755))" "$path" ;; *) printf '%s\n%s\n' "$((0100644))" "$path" ;; esac >>"$W/points"
}
