#!/bin/sh
# What the benchmark compares rc.statelite with: the plain way, some processes for every row. Knows link rows of files only.
ROOT=$STATELITE_ROOT S=$ROOT/.statelite
while IFS=' ' read -r word storage mode mechanism type place path; do
    case $word in node) node=$storage ;; esac
    [ "$word" = row ] || continue
    path=${path%/} origin=$ROOT/.default
    for source in "$S"/mnt/*; do
        [ -e "$source$path" ] && origin=$source && break
    done
    mkdir -p "$(dirname "$S/tmpfs$path")"
    case $storage,$mode,$mechanism,$type,$place in
    persistent,*)
        mkdir -p "$(dirname "$S/persistent/$node$path")"
        [ -e "$S/persistent/$node$path" ] || cp -a "$origin$path" "$S/persistent/$node$path"
        ln -s "$S/persistent/$node$path" "$S/tmpfs$path"
        ;;
    *,ro,*) ln -s "$origin$path" "$S/tmpfs$path" ;;
    *,con,*) cat "$ROOT/.default$path" "$S"/mnt/*"$path" >"$S/tmpfs$path" 2>/dev/null ;;
    *) cp -a "$origin$path" "$S/tmpfs$path" ;;
    esac
    echo "$path from $origin" >>"$S/statelite.log"
done <"$S/plan"
exit 0
