# --- is a disk what the plan says? ---

# Is each partition what the plan says, and is there no other? Sets why.
fits() {
    why=''
    load_parts
    if [ $by_script = yes ]; then
        case $gpt_id in
        "script:$(sum_parts)") return 0 ;;
        script:*) why='it is not as its script left it' ;;
        *) why='no script of the plan made it' ;;
        esac
        return 1
    fi
    each_part fits_part
    [ -z "$why" ] || return 1
    [ "$found_count" -eq "$wanted_count" ] || { why="it has $found_count partitions, the plan $wanted_count"; return 1; }
}

fits_part() {
    find_part "$number" || { why="partition $number (\"$label\") is missing"; return 1; }
    if [ "$part_label" != "$label" ]; then why="partition $number is labelled \"$part_label\", not \"$label\""
    elif [ "$part_type" != "$fstype" ]; then why="partition $number (\"$label\") has $part_type, not $fstype"
    elif [ "$part_fs_label" != "$label" ]; then why="the $fstype of partition $number has the label \"$part_fs_label\", not \"$label\""
    else
        case $size in *M) [ "$part_size" -eq "${size%M}" ] || why="partition $number (\"$label\") has $part_size MiB, not ${size%M}" ;; esac
    fi
    [ -z "$why" ]
}
