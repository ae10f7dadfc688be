import { isOverlayList, oneOf, withoutOptions } from './checks.ts';
import { defineTable } from './table.ts';

export const osimage = defineTable({
  name: 'osimage',
  help: 'Operating system images nodes can boot.',
  keys: ['imagename'],
  columns: {
    imagename: 'Name of the image, usually <os>-<arch>-<provmethod>-<profile>.',
    groups: 'Groups the image belongs to, separated by commas; litefile and litetree rows can name them.',
    profile: 'Flavour of the image, for example compute.',
    imagetype: 'Kind of operating system, for example linux.',
    description: 'Free text about the image.',
    provmethod: 'How nodes get it: statelite, netboot or install.',
    rootfstype: { help: 'What the root of a statelite node is: nfs (default) or ramdisk.', check: oneOf('nfs', 'ramdisk') },
    osdistroname: 'Row of the distribution the image was made from.',
    osupdatename: 'Distribution updates that were applied, separated by commas.',
    cfmdir: 'Directory with files that are put on nodes of this image.',
    osname: 'Operating system, for example Linux.',
    osvers: 'Operating system with its version, for example debian12.',
    osarch: 'Processor architecture: x86_64, aarch64, ppc64le.',
    synclists: 'Files that list what is copied into the image.',
    postscripts: 'Scripts run on the node after its first set-up, separated by commas.',
    postbootscripts: 'Scripts run on the node after each boot, separated by commas.',
    serverrole: 'Role of nodes with this image, for example compute or servicenode.',
    isdeletable: 'Whether a command may delete the image.',
    kitcomponents: 'Software kits in the image, separated by commas.',
    environvar: 'Variables for scripts: `name=value`, separated by commas.',
    nfsrootopts: { help: 'Options the root of a statelite node is mounted with, separated by commas, for example vers=4.2,nocto. It is always `ro`.', check: withoutOptions('rw', 'defaults') },
    overlays: { help: 'Overlays of all nodes that boot the image, separated by commas; those of the overlays table come after them.', check: isOverlayList },
  },
});
