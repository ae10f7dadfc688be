#!/bin/sh
# Brings one interface up for statelite-boot, which sources this: network_up leaves /run/statelite/lease ("<interface> <address>").
# shellcheck disable=SC2154 # RUN is statelite-boot's

network_up() {
    mac=$(getarg BOOTIF=) && mac=${mac#01-} && mac=$(echo "$mac" | sed 'y/-ABCDEF/:abcdef/')
    wanted=$(getarg netdev=) || wanted=
    static=$(getarg ip=) || static=
    case $static in [0-9]*:*:*:*:*) static_address && return ;; esac
    try=0
    while :; do
        for interface in $(candidates); do
            dhcp "$interface" && return
        done
        try=$((try + 1))
        [ $try -lt 5 ] || stop "no address by DHCP on ${mac:-any interface}; found: $(candidates all)"
        say 'no answer by DHCP yet, trying again'
        back_off $try
    done
}

# Ethernet interfaces to try: the one the firmware booted from, the named one, or all.
candidates() {
    waited=0
    while :; do
        names=
        for path in /sys/class/net/*; do
            name=${path##*/}
            type='' address=''
            read -r type <"$path/type"
            read -r address <"$path/address"
            [ "$type" = 1 ] || continue
            if [ "${1-}" = all ]; then names="$names$name($address) "
            elif [ -n "$mac" ]; then [ "$address" != "$mac" ] || names="$name "
            elif [ -n "$wanted" ]; then [ "$name" != "$wanted" ] || names="$name "
            else names="$names$name "; fi
        done
        if [ -n "$names" ] || [ $waited -ge 50 ] || [ "${1-}" = all ]; then break; fi
        waited=$((waited + 1))
        sleep 0.2
    done
    echo "$names"
}

# ip=address:peer:gateway:netmask:name:interface:none, as dracut writes it (dracut.cmdline(7)); the interface may be empty.
static_address() {
    IFS=: read -r ip rest router subnet hostname interface rest <<EOF
$static
EOF
    [ -n "$interface" ] || interface=$(candidates)
    interface=${interface%% *}
    ip link set lo up
    ip link set "$interface" up || return 1
    export ip router subnet hostname interface
    dns=$(getargs nameserver=) /sbin/statelite-dhcp-event bound
}

dhcp() {
    ip link set lo up
    ip link set "$1" up || return 1
    rm -f "$RUN/lease"
    if command -v udhcpc >/dev/null || [ -x /bin/busybox ]; then
        client='busybox udhcpc'
        command -v udhcpc >/dev/null && client=udhcpc
        $client -q -n -f -i "$1" -s /sbin/statelite-dhcp-event -t 5 -T 2 -O hostname >>"$RUN/log" 2>&1
    else
        timeout 30 dhclient -1 -q -cf /dev/null -lf /tmp/leases -pf /tmp/dhclient.pid -sf /sbin/statelite-dhcp-event "$1" >>"$RUN/log" 2>&1
    fi
    [ -s "$RUN/lease" ]
}
