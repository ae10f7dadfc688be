# Part of statelite-boot: the node's store and the litetree sources of its plan, mounted, and watched while rows are carried out.

# Mounts the store, makes the node's directory in it, and leaves only that directory mounted.
mount_store() {
    [ -n "$store" ] || return 0
    directory=${store#* } server=${store%% *}
    options=${directory%% *} directory=${directory#* }
    directory=${directory%/}
    [ "$options" != - ] || options=
    options=rw,nolock${options:+,$options}
    mkdir -p "$S/persistent/$node" $RUN/store
    try=0
    until nfs_mount 40 "$options" "$server:$directory/$node" "$S/persistent/$node"; do
        reason=$message
        if nfs_mount 40 "$options" "$server:$directory" $RUN/store; then
            [ -d "$RUN/store/$node" ] || mkdir "$RUN/store/$node" || { reason="the directory $node cannot be made in it"; try=5; }
            umount $RUN/store
        fi
        try=$((try + 1))
        [ $try -lt 6 ] || stop "the store $server:$directory/$node cannot be mounted: $reason; persistent files are not kept in RAM instead"
        [ $try -lt 2 ] || { say "store $server:$directory: $reason; trying again"; back_off $try; }
    done
}

# All sources at once; one that does not answer is left out, so that rows take the next.
mount_sources() {
    mounting=
    while IFS=' ' read -r word priority server options directory; do
        [ "$word" = source ] || continue
        [ "$options" != - ] || options=
        mount_source "$priority" "$server" "$options" "${directory%/}" &
        mounting="$mounting $!"
    done <"$S/plan"
}

mount_source() {
    if [ "$2" = - ]; then
        ln -s "../..$4" "$S/mnt/$1"
        return
    fi
    mkdir "$S/mnt/$1"
    try=0
    uptime_ms
    began=$now
    until nfs_mount 10 "ro,nolock${3:+,$3}" "$2:$4" "$S/mnt/$1"; do
        try=$((try + 1))
        if [ $try -ge 3 ] || final; then
            say "WARNING: litetree $1, $2:$4: $message; its rows take the next source"
            rmdir "$S/mnt/$1"
            break
        fi
        back_off $try
    done
    uptime_ms
    tell "source $1 $((now - began)) $2:$4"
}

# While rows are carried out: a source whose server is silent for 30 s is taken away, with whatever waits for it, so that rc.statelite
# begins again without it.
watch_sources() {
    trap 'kill $sleeping; exit' TERM
    while :; do
        sleep 10 &
        sleeping=$!
        wait $sleeping
        while IFS=' ' read -r from at type rest; do
            case $type:$at in nfs*:"$S/mnt/"*) timeout -s KILL 30 stat -f "$at" >/dev/null 2>&1 || take_away "$at" "$from" ;; esac
        done </proc/mounts
    done
}

take_away() { # MOUNT-POINT FROM
    say "WARNING: litetree ${1##*/}, $2: no answer for 30 s while it was copied"
    # tar -C does not change its directory, it opens it. What is ended is what waits: a read of it would be tried anew and wait for ever.
    stat -c %N /proc/[0-9]*/cwd /proc/[0-9]*/fd/* 2>/dev/null | while read -r link _ to; do
        case $to in "'$1'" | "'$1/"*) ;; *) continue ;; esac
        pid=${link#*/proc/} && pid=${pid%%/*}
        read -r name <"/proc/$pid/comm"
        [ "$name" = statelite ] || kill -KILL "$pid" # a shell of rc.statelite goes on when the mount is gone
    done 2>/dev/null
    timeout -s KILL 30 umount -c -i -f -l "$1"
    rmdir "$1"
}
