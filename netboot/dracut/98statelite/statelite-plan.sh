# Part of statelite-boot: the node's plan, from statelited or from beside the image.

# Asks the servers of XCAT=server:port,server:port in order, round after round; a server's refusal ends the boot, its silence does not.
fetch_plan() {
    try=0
    while [ -n "$services" ] && [ $try -lt 4 ]; do
        for service in $services; do
            ask_for_plan && return
            say "statelited at $service: $message; trying again"
        done
        try=$((try + 1))
        [ $try -eq 4 ] || back_off $try
    done
    service=
    say "WARNING: no plan from statelited${services:+ at $services}; using the copy that nodeset left beside the image"
    mkdir -p $RUN/beside
    nfs_mount 40 "$root_options" "$nfsroot" $RUN/beside || stop "the copy of the plan cannot be read from $nfsroot: $message"
    [ -n "$node" ] || stop 'there is no copy of the plan without NODE= on the command line'
    cat "$RUN/beside/plans/$node" >"$S/plan" || stop "there is no copy of the plan: $nfsroot/plans/$node"
    umount $RUN/beside
    plan_is_good || stop "the copy of the plan, $nfsroot/plans/$node, $fault"
}

# What happened so far goes to the server on the same connection.
ask_for_plan() {
    prepare_asking
    # shellcheck disable=SC2086 # options
    message=$(curl --fail-early $asking --output /dev/null --data-binary "@$RUN/report" "https://$service/report" \
        --next $asking --output "$S/plan" --write-out '%{http_code}' "https://$service/plan" 2>&1) || {
        message=${message%%"$nl"*}
        return 1
    }
    case $message in
    200)
        plan_is_good && return
        message="the plan it gave $fault"
        ;;
    5*) message="it answered $message" ;;
    *)
        IFS= read -r answer <"$S/plan" || answer=
        stop "statelited at $service gives no plan ($message): $answer"
        ;;
    esac
    return 1
}

plan_is_good() { # sets node, store, remote_sources, has_disks; or fault
    take_own
    first='' last='' name='' lines=0 has_disks=no store='' remote_sources='' own='' fault=
    while IFS=' ' read -r word value rest; do
        [ -n "$first" ] || first="$word $value"
        case $word in
        node) name=$value ;;
        disk) has_disks=yes ;;
        store) store="$value $rest" ;;
        overlay) [ "$value" != own ] || own=${rest%% *} ;;
        source) case $rest in '- '*) ;; *) remote_sources=yes ;; esac ;;
        end) [ "$value" = "$lines" ] && last=complete ;;
        esac
        lines=$((lines + 1))
    done <"$S/plan"
    if [ "${first:-statelite-plan 1}" != 'statelite-plan 1' ]; then fault='is not a plan of form 1'
    elif [ "$last" != complete ]; then fault='is cut short'
    elif [ "$name" != "${node:-$name}" ]; then fault="is for $name, this is $node"
    elif [ -n "$own" ] && ! has_sum "$own" $RUN/own; then fault="does not bring the files of $name as it says"
    else
        node=$name
        return 0
    fi
    return 1
}
