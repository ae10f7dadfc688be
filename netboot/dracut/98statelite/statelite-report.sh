#!/bin/sh
# What a node tells statelited of its boot. statelite-boot sources this file. The running system runs it as `statelite-report.sh up` when it is
# up, and as `statelite-report.sh late` 60 s after the kernel's start: by units that statelite-boot leaves below /run/systemd/system, with the
# initrd's curl, so that the boot waits for nothing and nothing is read over the network for it.
#
# A report is all lines so far, so that any of them may be lost, and sending one twice is sending it once:
#   boot <boot id>    phase <name> <ms since the kernel's start>    row <outcome> <option> <type> <source> <bytes> <ms> <path>/
#   source <priority> <ms> <server:directory>    disks <ms>
#   script <exit code, or timeout> <ms> <name>    output <name> <one of its last lines>
#   services <ms since the kernel's start> <units that are starting then>
#   warning <text>    stopped <text>    nfs <operations> <bytes read> <bytes written>
# It is sent with each request for the plan, on the same connection; every 20 s in the initrd; when the boot stops, until it is taken or the node reboots; and when
# the system is up, or not up after 60 s and 300 s. Whoever does not take it is asked again after 1, 2, 4, … 32 s and up to as much again, 40 times.

RUN=/run/statelite
TRIES=40

tell() { printf '%s\n' "$*" >>$RUN/report; }

uptime_ms() { # sets now
    IFS=' .' read -r whole hundredths rest </proc/uptime
    now=$((whole * 1000 + 1$hundredths * 10 - 1000))
}

phase() { # NAME [UPTIME]
    if [ -z "${2-}" ]; then uptime_ms; else now=$((${2%.*} * 1000 + 1${2#*.} * 10 - 1000)); fi
    tell "phase $1 $now"
}

# Waits 1, 2, 4, … 32 seconds after the TRYth failure, and up to as much again, so that a thousand nodes do not knock together.
back_off() { # TRY
    IFS=- read -r random rest </proc/sys/kernel/random/uuid || random=7
    least=1000 doubled=1
    while [ $doubled -lt "$1" ] && [ $least -lt 32000 ]; do least=$((least * 2)) doubled=$((doubled + 1)); done
    least=$((least + 0x$random % (least + 1)))
    fraction=$((least % 1000 + 1000))
    sleep "$((least / 1000)).${fraction#1}"
}

# The words curl needs to prove the server by its certificate, and the node by its address, by a port that only root can have (so that the
# site row privilegedport may be set at any time; NFS takes its own from 665 on), and by the token that nodeset gave it. Sets `asking`.
prepare_asking() {
    asking="--silent --show-error --cacert /etc/statelite/ca.pem --connect-timeout ${patience:-5} --max-time $((${patience:-5} * 4)) --local-port 512-664 ${token:+--header X-Statelite-Token:$token}"
}

# The system's curl, or that of the initrd with its libraries, which lies in the directory CURL.
run_curl() {
    [ -n "${CURL-}" ] || { curl "$@"; return; }
    for loader in "$CURL"/ld*.so.*; do
        "$loader" --library-path "$CURL" "$CURL/curl" "$@"
        return
    done
}

# To the server that gave the plan, before that to the first that takes it. A refusal is an answer too.
report() {
    prepare_asking
    for server in ${service:-$services}; do
        # shellcheck disable=SC2086 # options
        case $(run_curl $asking --output /dev/null --write-out '%{http_code}' --data-binary "@$RUN/report" "https://$server/report" 2>/dev/null) in
        [234]*) return 0 ;;
        esac
    done
    return 1
}

report_until_taken() {
    [ -n "${service:-${services-}}" ] || return 0
    tries=0
    until report; do
        tries=$((tries + 1))
        [ $tries -lt $TRIES ] || { echo "statelite: nobody at ${service:-$services} took the report of this boot" >&2; return 1; }
        back_off $tries
    done
}

# While the node is in the initrd: every 20 s, so that the server sees where one that takes long is.
keep_telling() {
    trap 'kill $sleeping; exit' TERM
    while :; do
        sleep 20 &
        sleeping=$!
        wait $sleeping
        report
    done
}

# --- in the running system ---

begin() {
    service='' token='' CURL=/.statelite/curl patience=20 # a node that comes up has much else to do
    IFS= read -r services <$RUN/servers
}

tell_up() {
    begin
    uptime=0
    until [ "${uptime:-0}" -gt 0 ]; do
        sleep 1
        uptime=$(systemctl show --property FinishTimestampMonotonic --value)
    done
    tell "phase up $((uptime / 1000))"
    failed=$(systemctl --failed --plain --no-legend)
    [ -z "$failed" ] || tell "warning these units failed: $(echo "$failed" | awk '{ printf "%s ", $1 }')"
    tell "nfs $(count_nfs)"
    : >$RUN/up
    report_until_taken
    rm -rf $CURL
}

tell_late() {
    begin
    [ ! -e $RUN/up ] || return 0
    tell_services
    report_until_taken
    sleep 240
    [ ! -e $RUN/up ] || return 0
    tell_services
    tell "warning not up after 300 s, waiting for: $waited_for"
    report_until_taken
}

tell_services() { # sets waited_for
    waited_for=$(systemctl list-jobs --plain --no-legend | awk '$4 == "running" { printf "%s%s", blank, $2; blank = " " }')
    uptime_ms
    tell "services $now $waited_for"
}

# Operations, bytes read and bytes written of all NFS mounts since the boot; mounts of one server that the kernel counts together are counted once.
count_nfs() {
    awk '
        FNR == NR { number[$5] = $3; next }
        $1 == "device" { counts = $8 ~ /^nfs/ && !(number[$5] in seen); seen[number[$5]] = 1; in_ops = 0 }
        counts && $1 == "bytes:" { read += $6; written += $7 }
        counts && $1 == "per-op" { in_ops = 1; next }
        counts && in_ops { operations += $2 }
        END { printf "%d %.0f %.0f\n", operations, read, written }' /proc/self/mountinfo /proc/self/mountstats
}

case ${1-} in
up) tell_up ;;
late) tell_late ;;
esac
