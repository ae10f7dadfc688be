import { isOctalMode } from './checks.ts';
import { defineTable } from './table.ts';

export const linuximage = defineTable({
  name: 'linuximage',
  help: 'What is special to Linux images: packages, kernel, root tree.',
  keys: ['imagename'],
  columns: {
    imagename: 'Name of the image, as in osimage.',
    template: 'Template of an unattended installation.',
    boottarget: 'Row of the boottarget table whose kernel is booted.',
    addkcmdline: 'Words added to the kernel command line of every node with this image.',
    pkglist: 'File that lists the packages of the image.',
    pkgdir: 'Directories or package sources the packages come from, separated by commas.',
    otherpkglist: 'File that lists packages from outside the distribution.',
    otherpkgdir: 'Directory the packages of otherpkglist come from.',
    exlist: 'File that lists what is left out of a packed image.',
    postinstall: 'Program run after the packages are in, separated by commas when several.',
    rootimgdir: 'Directory that holds rootimg, kernel and initrd. Unset: <installdir>/netboot/<os>/<arch>/<profile>.',
    kerneldir: 'Directory the kernel packages come from.',
    nodebootif: 'Interface nodes boot from.',
    otherifce: 'Further interfaces to configure.',
    netdrivers: 'Network drivers the initrd needs, separated by commas.',
    kernelver: 'Version of the kernel to boot. Unset: the newest in the image.',
    krpmver: 'Version of the kernel package, when it is not kernelver.',
    permission: { help: 'Mode of the /.statelite file system on the node, octal. Unset: 755.', check: isOctalMode },
    dump: 'Where kernel dumps go, as an NFS address.',
    crashkernelsize: 'Memory kept for the crash kernel, for example 256M.',
    partitionfile: 'File that describes the local disks of nodes with this image, when no disk layout does: enable=yes, enablepart=yes, [disk] with dev= and parts=, [localspace], [swapspace]; without enablepart=yes the last two are partitions that are there, and nothing is made. Or s: and the path of a script that makes the disk once.',
    driverupdatesrc: 'Driver updates put into the initrd.',
  },
});
