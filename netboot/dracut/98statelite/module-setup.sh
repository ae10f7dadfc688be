#!/bin/bash
# shellcheck disable=SC2154 # dracut sets moddir
# dracut module: NFS root, the node's plan, its sources and store, then rc.statelite (see .github/ARCHITECTURE.md, "A node's boot").

check() {
    require_binaries mount.nfs ip curl tar cpio stat sync timeout || return 1
    return 255
}

depends() {
    echo base
}

# statelite_drivers (genimage -n) comes first; the rest is what servers and virtual machines have.
installkernel() {
    hostonly='' instmods nfs nfsv3 nfsv4 overlay af_packet
    # shellcheck disable=SC2086,SC2154 # a list, exported by genimage
    hostonly='' instmods ${statelite_drivers-}
    hostonly='' instmods \
        virtio_net virtio_pci virtio_mmio virtio_rng e1000 e1000e igb igc ixgbe i40e ice r8169 tg3 bnx2 bnx2x bnxt_en \
        mlx4_core mlx4_en mlx5_core qede sfc vmxnet3 hv_netvsc xen-netfront ena gve
}

install() {
    inst_multiple chroot mount umount mount.nfs ip curl tar cpio cat stat du sync timeout mkdir rmdir rm mv cp sleep ln sed setsid readlink sha256sum
    inst_multiple -o find busybox udhcpc dhclient
    inst_multiple -o /etc/netconfig /etc/protocols /etc/services /etc/nsswitch.conf /etc/hosts
    inst_libdir_file 'libnss_files.so*' 'libnss_dns.so*'
    inst_simple /etc/statelite/ca.pem
    inst_hook cmdline 90 "$moddir/parse-statelite.sh"
    inst_hook mount 90 "$moddir/mount-statelite.sh"
    inst_simple "$moddir/statelite-network.sh" /lib/statelite-network.sh
    inst_simple "$moddir/statelite-report.sh" /lib/statelite-report.sh
    inst_simple "$moddir/statelite-report.sh" /lib/statelite/run/statelite/statelite-report.sh
    inst_simple "$moddir/statelite-report.service" /lib/statelite/run/systemd/system/statelite-report.service
    mkdir -p "$initdir/lib/statelite/run/systemd/system/sysinit.target.wants"
    ln -s ../statelite-report.service "$initdir/lib/statelite/run/systemd/system/sysinit.target.wants/statelite-report.service"
    inst_simple "$moddir/statelite-overlay.sh" /lib/statelite-overlay.sh
    inst_script "$moddir/statelite-boot" /sbin/statelite-boot
    inst_script "$moddir/statelite-dhcp-event" /sbin/statelite-dhcp-event
}
