#!/bin/bash
# shellcheck disable=SC2154 # dracut sets moddir and initdir
# dracut module: the whole initrd (ADR 0016). Our init brings up network, NFS root and the node's plan, then runs rc.statelite (see .github/ARCHITECTURE.md, "A node's boot").

check() {
    require_binaries mount.nfs ip curl tar gzip base64 cpio stat sync timeout switch_root || return 1
    return 255
}

depends() {
    return 0
}

# statelite_drivers (genimage -n) comes first; the rest is what servers and virtual machines have.
installkernel() {
    hostonly='' instmods nfs nfsv3 nfsv4 overlay af_packet bonding 8021q
    # shellcheck disable=SC2086,SC2154 # a list, exported by genimage
    hostonly='' instmods ${statelite_drivers-}
    hostonly='' instmods \
        virtio_net virtio_pci virtio_mmio virtio_rng e1000 e1000e igb igc ixgbe i40e ice r8169 tg3 bnx2 bnx2x bnxt_en \
        mlx4_core mlx4_en mlx5_core qede sfc vmxnet3 hv_netvsc xen-netfront ena gve
}

install() {
    inst_multiple sh chroot mount umount mount.nfs switch_root modprobe ip curl tar gzip base64 cpio cat stat du sync timeout mkdir rmdir rm mv cp sleep ln sed setsid readlink sha256sum
    inst_multiple -o ls dmesg find busybox udhcpc dhclient dhcpcd /usr/lib/dhcpcd/dhcpcd-run-hooks /etc/dhcpcd.conf
    inst_multiple -o /etc/netconfig /etc/protocols /etc/services /etc/nsswitch.conf /etc/hosts /etc/nfsmount.conf /etc/login.defs
    inst_libdir_file 'libnss_files.so*' 'libnss_dns.so*'
    inst_simple /etc/statelite/ca.pem
    mkdir -p "$initdir"/{dev,proc,sys,run,sysroot,tmp,var/lib,root}
    printf '%s\n' root:x:0:0::/root:/bin/sh nobody:x:65534:65534::/nonexistent:/bin/false >"$initdir/etc/passwd"
    printf '%s\n' root:x:0: nogroup:x:65534: >"$initdir/etc/group"
    printf '%s 0 0\n' 'proc /proc proc nosuid,noexec,nodev' 'sysfs /sys sysfs nosuid,noexec,nodev' 'devtmpfs /dev devtmpfs mode=755,nosuid' 'tmpfs /run tmpfs mode=755,nosuid,nodev' \
        >"$initdir/etc/fstab"
    ln -sf /proc/self/mounts "$initdir/etc/mtab"
    inst_script "$moddir/init" /init
    for part in lib network report plan sources overlay; do inst_simple "$moddir/statelite-$part.sh" "/lib/statelite-$part.sh"; done
    inst_simple "$moddir/statelite-report.sh" /lib/statelite/run/statelite/statelite-report.sh
    leave_unit statelite-report.service multi-user.target
    leave_unit statelite-late.timer sysinit.target
    leave_unit statelite-late.service
    leave_drop_in systemd-journal-flush.service statelite-log.conf
    leave_drop_in systemd-update-utmp.service statelite-log.conf
    ldd "$(command -v curl)" | sed -n 's/^\(.* => \)\?[[:blank:]]*\(\/[^ ]*\).*/\2/p' >"$initdir/lib/statelite/curl-libraries"
    inst_script "$moddir/statelite-boot" /sbin/statelite-boot
    inst_script "$moddir/statelite-dhcp-event" /sbin/statelite-dhcp-event
}

units=/lib/statelite/run/systemd/system

# A unit of the running system, which is copied to /run at the end, and what wants it.
leave_unit() { # UNIT [TARGET]
    inst_simple "$moddir/$1" "$units/$1"
    [ -z "${2-}" ] || { mkdir -p "$initdir$units/$2.wants" && ln -s "../$1" "$initdir$units/$2.wants/$1"; }
}

leave_drop_in() { # UNIT FILE
    inst_simple "$moddir/$2" "$units/$1.d/statelite.conf"
}
