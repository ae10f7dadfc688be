# Part of statelite-boot: the overlays of the plan before its rows are carried out, the init scripts in them after.

SCRIPT_PATH=/usr/sbin:/usr/bin:/sbin:/bin

# A node's own files stand before its plan, in one line (ADR 0037): their archive goes to $RUN/own, and the plan is left.
take_own() {
    IFS=' ' read -r word packed <"$S/plan"
    [ "$word" = statelite-own ] || return 0
    sed -i 1d "$S/plan"
    printf '%s\n' "$packed" | { base64 -d | gzip -dc; } >"$RUN/own" 2>/dev/null
}

# Fetches the archives that the plan names and unpacks them into /.statelite. When the tables have changed meanwhile, the plan is fetched again.
fetch_overlay() {
    changed=0
    until fetch_parts; do
        changed=$((changed + 1))
        rm -rf "$S/mnt/overlay" "$S/mnt/append" "$S/mnt/joined" "$S/mnt/absent" "$S/lists" # of the old plan
        [ $changed -lt 5 ] || stop 'the tables change faster than the overlay of the plan can be fetched'
        back_off 1
        fetch_plan
    done
}

fetch_parts() {
    while IFS=' ' read -r word kind hash bytes names; do
        [ "$word" = overlay ] || continue
        archive=$RUN/own
        [ "$kind" = own ] || { archive=$RUN/overlay && fetch_part; } || return 1
        tar -C "$S" -xpf "$archive" --xattrs '--xattrs-include=*' --numeric-owner || stop "the overlays $names cannot be unpacked: is there memory for $bytes bytes?"
        rm -f "$archive"
    done <"$S/plan"
}

# One archive, with the checksum that the plan gives: from the servers, round after round, else the copy beside the image. False when the plan is old.
fetch_part() {
    try=0
    while [ -n "$service" ] && [ $try -lt 4 ]; do
        for service in $service $services; do
            prepare_asking
            # shellcheck disable=SC2086 # options
            if message=$(curl $asking --max-time 300 --compressed --write-out '%{http_code}' --output "$RUN/overlay" "https://$service/overlay?hash=$hash" 2>&1); then
                case $message in
                200) is_part_whole && return ;;
                409) return 1 ;;
                4*)
                    IFS= read -r answer <"$RUN/overlay" || answer=
                    stop "statelited at $service does not give the overlays $names ($message): $answer"
                    ;;
                *) message="it answered $message" ;;
                esac
            fi
            say "overlays $names from $service: ${message%%"$nl"*}; trying again"
        done
        try=$((try + 1))
        back_off $try
    done
    [ "$kind" != private ] || stop "the overlays $names have files that not everybody may read: only statelited gives them, and none answers at ${services:-XCAT=}"
    say "WARNING: no overlay from statelited; using the copy that nodeset left beside the image"
    mkdir -p "$RUN/beside"
    nfs_mount 40 "$root_options" "$nfsroot" "$RUN/beside" || stop "the overlays $names cannot be read from $nfsroot: $message"
    cat "$RUN/beside/overlays/$hash" >"$RUN/overlay" || stop "there is no copy of the overlays $names: $nfsroot/overlays/$hash"
    umount "$RUN/beside"
    is_part_whole || stop "the copy of the overlays $names is not whole: $message"
}

is_part_whole() {
    has_sum "$hash" "$RUN/overlay" && return
    message='what it gave has another checksum than the plan says'
    return 1
}

has_sum() { # SHA-256 FILE
    sum=$(sha256sum "$2" 2>/dev/null)
    [ "${sum%% *}" = "$1" ]
}

# Runs the init scripts of the overlays in the node's root, in lexical order. One that fails is a warning, or stops the boot: one that is called *.must, when the plan says nothing else.
run_scripts() {
    scripts=$S/mnt/overlay/statelite/init.d
    [ -d "$scripts" ] || return 0
    for directory in dev proc sys run; do
        mount --rbind "/$directory" "$ROOT/$directory" || stop "the image has no directory /$directory, which init scripts need"
    done
    seconds=$(getarg statelite.script-timeout=) || seconds=900
    case $seconds in '' | *[!0-9]*) say "WARNING: statelite.script-timeout=$seconds is no number of seconds, so it is 900" && seconds=900 ;; esac
    rules=$nl
    while IFS=' ' read -r word name rule; do
        case $word in
        script) rules="$rules$name $rule$nl" ;;
        row) break ;;
        esac
    done <"$S/plan"
    for script in "$scripts"/*; do run_script "$script"; done
    for directory in run sys proc dev; do umount -R -l "$ROOT/$directory"; done
}

# A script for /bin/sh gets bash where the image has it: what was written where sh is bash means the same here.
run_script() {
    script=$1 name=${1##*/} shell='' must=warn limit=-
    case $name in *.must) must=must ;; esac
    case $rules in
    *"$nl$name "*)
        limit=${rules#*"$nl$name "}
        limit=${limit%%"$nl"*} must=${limit%% *} limit=${limit##* }
        ;;
    esac
    [ "$limit" != - ] || limit=$seconds
    IFS= read -r first <"$script"
    case $first in '#!/bin/sh' | '#!/bin/sh '* | '#! /bin/sh'*) [ ! -x "$ROOT/bin/bash" ] || shell=/bin/bash ;; esac
    uptime_ms
    began=$now
    # shellcheck disable=SC2086 # a shell or nothing
    PATH=$SCRIPT_PATH NODE=$node timeout -k 10 "$limit" chroot "$ROOT" $shell "${script#"$ROOT"}" </dev/null >"$RUN/script" 2>&1
    status=$?
    uptime_ms
    took=$((now - began))
    set --
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "script $name: $line" >>"$S/statelite.log"
        [ -n "$line" ] || continue
        [ $# -lt 5 ] || shift
        set -- "$@" "$line"
    done <"$RUN/script"
    [ "$status" != 124 ] && [ "$status" != 137 ] || [ "$limit" = 0 ] || [ $took -lt $((limit * 1000)) ] || status=timeout
    case $status in
    0) outcome="is done" ;;
    timeout) outcome="was ended after $limit s" ;;
    *) outcome="ended with $status" ;;
    esac
    echo "script $name $outcome after $took ms" >>"$S/statelite.log"
    tell "script $status $took $name"
    last=
    for line in "$@"; do
        last=$(printf %.200s "$line")
        tell "output $name $last"
    done
    [ "$status" != 0 ] || { say "init script $name is done"; return; }
    [ "$must" = warn ] || stop "the init script $name $outcome${last:+: $last}"
    say "WARNING: the init script $name $outcome${last:+: $last}"
}
