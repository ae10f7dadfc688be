#!/bin/sh
# What boot-time.mjs compares statelite-boot with: brings up the network and mounts the NFS root read-only, with a tmpfs over it (overlayfs), so
# that all services of the image can run.
# shellcheck source=/dev/null
. /lib/statelite-lib.sh
# shellcheck source=/dev/null
. /lib/statelite-network.sh
RUN=/run/statelite
mkdir -p $RUN
say() { echo "$*" >/dev/console; }
stop() { say "STOPPED: $*"; sleep 600; }
back_off() { sleep "$1"; }
modprobe -a nfs nfsv4 overlay 2>/dev/null &
network_up
wait
nfsroot=$(getarg NFSROOT=)
options=$(getarg NFSROOTOPTS=)
getarg NODE= >/proc/sys/kernel/hostname
mkdir $RUN/lower $RUN/ram
mount.nfs "$nfsroot/rootimg" $RUN/lower -o "ro,nolock${options:+,$options}" || stop 'no root'
mount -t tmpfs -o mode=755 ram $RUN/ram
mkdir $RUN/ram/upper $RUN/ram/work
mount -t overlay -o "lowerdir=$RUN/lower,upperdir=$RUN/ram/upper,workdir=$RUN/ram/work" root "$STATELITE_ROOT" || stop 'no overlay'
