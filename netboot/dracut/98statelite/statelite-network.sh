# The network for statelite-boot, which sources this: network_up leaves /run/statelite/lease ("<interface> <address>").
# Words of the kernel command line, as in dracut.cmdline(7): BOOTIF= bootdev= netdev= ip= ifname= bond= vlan= rd.route= nameserver=

network_up() {
    mac=$(getarg BOOTIF=) && mac=${mac#??-} && mac=$(small_mac "$mac")
    getargbool 1 rd.bootif || mac=
    wanted=$(getarg bootdev=) || wanted=$(getarg netdev=) || wanted=
    name_interfaces
    make_bonds
    make_vlans
    set_addresses || by_dhcp
    add_routes
    ip link set lo up
}

# --- links ---

# ifname=<name>:<mac>
name_interfaces() {
    for spec in $(getargs ifname=); do
        name=$(mac=$(small_mac "${spec#*:}") candidates)
        [ -n "$name" ] || stop "ifname=$spec: no interface has this address; found: $(candidates all)"
        [ "${name% }" = "${spec%%:*}" ] || ip link set "${name% }" name "${spec%%:*}" || stop "ifname=$spec: ${name% } cannot be renamed"
    done
}

# bond=<name>[:<slaves>[:<options>[:<mtu>]]], both lists by commas; without anything bond0:eth0,eth1:mode=balance-rr
make_bonds() {
    for spec in $(getargs bond=); do
        IFS=: read -r bond slaves options mtu <<END
$spec
END
        : "${bond:=bond0}" "${slaves:=eth0,eth1}" "${options:=mode=balance-rr}"
        modprobe bonding max_bonds=0
        # shellcheck disable=SC2046 # mode=802.3ad,miimon=100 becomes the words of ip
        [ -d "/sys/class/net/$bond" ] || ip link add "$bond" type bond $(echo "$options" | sed 'y/=,/  /') || stop "bond=$spec: it cannot be made with $options"
        for slave in $(echo "$slaves" | sed 'y/,/ /'); do
            wait_for "$slave" || stop "bond=$spec: there is no interface $slave; found: $(candidates all)"
            ip link set "$slave" down
            keep_name "$slave"
            ip link set "$slave" master "$bond" || stop "bond=$spec: $slave cannot be added"
        done
        [ -z "$mtu" ] || ip link set "$bond" mtu "$mtu"
        ip link set "$bond" up
        top=$bond
    done
}

# vlan=<name>:<interface>; the digits that end the name are the VLAN's number: vlan5, vlan0005, eth0.5
make_vlans() {
    for spec in $(getargs vlan=); do
        name=${spec%%:*} below=${spec#*:}
        id=${name##*[!0-9]}
        id=${id#"${id%%[!0]*}"}
        [ -n "$id" ] || stop "vlan=$spec: the name does not end in the number of the VLAN"
        wait_for "$below" || stop "vlan=$spec: there is no interface $below; found: $(candidates all)"
        modprobe 8021q
        link_up "$below"
        [ -d "/sys/class/net/$name" ] || ip link add link "$below" name "$name" type vlan id "$id" || stop "vlan=$spec: it cannot be made"
        top=$name
    done
}

link_up() {
    keep_name "$1"
    ip link set "$1" up
}

# Renames an interface there and back: udev of the root keeps a name that a program gave, and would change one of the kernel's while the interface is in use.
keep_name() {
    by=
    read -r by 2>/dev/null <"/sys/class/net/$1/name_assign_type"
    case $by in 3 | 4) ;; *) printf 'link set %s name statelite\nlink set statelite name %s\n' "$1" "$1" | ip -batch - 2>/dev/null ;; esac
}

# Names of Ethernet interfaces: with the MAC address $mac, the one $wanted, or all; `candidates all` tells those there are. Waits up to 10 s for one.
candidates() {
    waited=0
    while :; do
        names='' idle=''
        for path in /sys/class/net/*; do
            [ -e "$path/type" ] || continue
            name=${path##*/}
            type='' address=''
            read -r type <"$path/type"
            read -r address <"$path/address"
            [ "$type" = 1 ] || continue
            if [ "${1-}" = all ]; then names="$names$name($address) "
            elif [ -n "$mac" ]; then [ "$address" != "$mac" ] || [ -d "$path/bonding" ] || [ -e "/proc/net/vlan/$name" ] || names="$name "
            elif [ -n "$wanted" ]; then [ "$name" != "$wanted" ] || names="$name "
            elif has_carrier "$name"; then names="$names$name "
            else idle="$idle$name "; fi
        done
        names=$names$idle
        if [ -n "$names" ] || [ $waited -ge 50 ] || [ "${1-}" = all ]; then break; fi
        waited=$((waited + 1))
        sleep 0.2
        load_drivers
    done
    echo "$names"
}

# A MAC address as the kernel writes it.
small_mac() {
    case $1 in
    *[A-F-]*) echo "$1" | sed 'y/-ABCDEF/:abcdef/' ;;
    *) echo "$1" ;;
    esac
}

# Whether an interface is plugged in; false too while it is down.
has_carrier() {
    carrier=0
    read -r carrier 2>/dev/null <"/sys/class/net/$1/carrier"
    [ "$carrier" = 1 ]
}

# Waits up to 10 s for an interface of this name.
wait_for() { [ -n "$(wanted=$1 mac='' candidates)" ]; }

# --- addresses ---

# Every ip= that names an address or an interface; false when none does. One that fails ends the boot when no other brings an address.
set_addresses() {
    specs=$(getargs ip=) || return 1
    given=
    for spec in $specs; do
        peer='' router='' subnet='' hostname='' interface='' mtu='' dns='' ip='' hardware=''
        case $spec in
        dhcp | on | any | single-dhcp) continue ;;
        *\[* | *dhcp6* | *auto6* | *ibft*) stop "ip=$spec: only IPv4, by DHCP or static, is known here" ;;
        [0-9]*.*.*.*:* | :*) read_address ;;
        *:*) IFS=: read -r interface method mtu hardware <<END
$spec
END
            ;;
        *) stop "ip=$spec: this is no form of ip= that is known here" ;;
        esac
        given=yes
        use_interface
        case $method in
        none | off | '') [ -z "$ip" ] || static_address ;;
        dhcp | on | any) dhcp "$interface" || say "no address by DHCP on $interface (ip=$spec)" ;;
        *) stop "ip=$spec: the method \"$method\" is not known here" ;;
        esac
        # The interface of bootdev= is the node's, else the first with an address.
        [ ! -s "$RUN/lease" ] || [ -s "$RUN/first" ] || [ "$interface" != "${wanted:-$interface}" ] || cat "$RUN/lease" >"$RUN/first"
    done
    [ -n "$given" ] || return 1
    [ ! -s "$RUN/first" ] || cat "$RUN/first" >"$RUN/lease"
    [ -s "$RUN/lease" ] || stop "no address by ip=; found: $(candidates all)"
}

# <address>:<peer>:<gateway>:<netmask>:<name>:<interface>:<method>[:<mtu>[:<mac>]] or [:<dns>[:<dns>]]
read_address() {
    # shellcheck disable=SC2034 # the peer has no meaning on an Ethernet
    IFS=: read -r ip peer router subnet hostname interface method mtu hardware <<END
$spec
END
    case $mtu in *.*) dns="$mtu ${hardware%%:*}" mtu='' hardware='' ;; esac
}

# The interface of an ip= that names none is the one that was made on the command line, or booted from.
use_interface() {
    [ -n "$interface" ] || interface=${top-}
    [ -n "$interface" ] || interface=$(candidates)
    interface=${interface%% *}
    wait_for "$interface" || stop "ip=$spec: there is no interface $interface; found: $(candidates all)"
    [ -z "$hardware" ] || ip link set "$interface" address "$hardware"
    [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
    link_up "$interface"
}

static_address() {
    dns="$dns $(getargs nameserver=)"
    ip=$ip router=$router subnet=$subnet hostname=$hostname interface=$interface dns=$dns /sbin/statelite-dhcp-event bound
}

# DHCP on what the command line made, else on each candidate in turn, those that are plugged in first; `untried` are those after the one that has an address.
by_dhcp() {
    try=0
    while :; do
        names=${top-}
        [ -n "$names" ] || names=$(candidates)
        for interface in $names; do link_up "$interface"; done
        case $try${names% } in 0*' '*) sleep 1 && names=$(candidates) ;; esac # links of several take a moment
        untried=$names
        next_lease && return
        try=$((try + 1))
        [ $try -lt 5 ] || stop "no address by DHCP on ${top:-${mac:-${wanted:-any interface}}}; found: $(candidates all)"
        say 'no answer by DHCP yet, trying again'
        back_off $try
    done
}

next_lease() {
    while read -r interface untried <<END && [ -n "$interface" ]; do
$untried
END
        dhcp "$interface" && return
    done
    return 1
}

# For a root that cannot be mounted: from an interface that was found by DHCP to the next that gets an address. False after the last, with the first again.
other_network() {
    case ${names-} in *?' '?*) ;; *) return 1 ;; esac
    say "$interface has an address, but the root cannot be mounted from there: $message"
    # shellcheck disable=SC2046 # dhclient stays to renew its lease
    [ ! -e /tmp/dhclient.pid ] || kill $(cat /tmp/dhclient.pid)
    rm -f "$RUN/hostname" "$RUN/resolv.conf" /tmp/dhclient.pid
    ip address flush dev "$interface"
    ip link set "$interface" down
    next_lease && return
    by_dhcp
    return 1
}

dhcp() {
    rm -f "$RUN/lease"
    if command -v udhcpc >/dev/null || [ -x /bin/busybox ]; then
        client='busybox udhcpc'
        command -v udhcpc >/dev/null && client=udhcpc
        $client -q -n -f -i "$1" -s /sbin/statelite-dhcp-event -t 3 -T 2 -O hostname -O mtu >>"$RUN/log" 2>&1
    elif command -v dhclient >/dev/null; then
        timeout 30 dhclient -1 -q -cf /dev/null -lf /tmp/leases -pf /tmp/dhclient.pid -sf /sbin/statelite-dhcp-event "$1" >>"$RUN/log" 2>&1
    else
        timeout 30 dhcpcd -4 -1 -w -p -t 20 --noarp --script /sbin/statelite-dhcp-event "$1" >>"$RUN/log" 2>&1
    fi
    [ -s "$RUN/lease" ]
}

# rd.route=<network>/<length>:<gateway>[:<interface>]
add_routes() {
    for spec in $(getargs rd.route=); do
        IFS=: read -r network gateway interface <<END
$spec
END
        ip route replace "$network" ${gateway:+via "$gateway"} ${interface:+dev "$interface"} || say "WARNING: rd.route=$spec: no such route can be made"
    done
}
