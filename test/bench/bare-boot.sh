#!/bin/sh
# What boot-time.mjs compares statelite-boot with: brings up the network and mounts the NFS root, read-only.
# shellcheck source=/dev/null
. /lib/statelite-lib.sh
# shellcheck source=/dev/null
. /lib/statelite-network.sh
RUN=/run/statelite
mkdir -p $RUN
say() { echo "$*" >/dev/console; }
stop() { say "STOPPED: $*"; sleep 600; }
back_off() { sleep "$1"; }
modprobe -a nfs nfsv4 2>/dev/null &
network_up
wait
nfsroot=$(getarg NFSROOT=)
options=$(getarg NFSROOTOPTS=)
mount.nfs "$nfsroot/rootimg" "$STATELITE_ROOT" -o "ro,nolock${options:+,$options}" || stop 'no root'
