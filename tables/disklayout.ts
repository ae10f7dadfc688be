import { columnProblems } from '../lib/disks/column-problems.ts';
import { isPartitionNumber, oneOf } from './checks.ts';
import { defineTable } from './table.ts';

export const disklayout = defineTable({
  name: 'disklayout',
  help: 'Local disks of nodes: one row for each partition of a layout. A node has the layout that localdisk.layout names, else one that is named as its image.',
  keys: ['layout', 'label'],
  required: ['layout', 'label', 'disk', 'number', 'fstype'],
  columns: {
    layout: 'Name of the layout.',
    label: { help: 'Label of partition and file system: letters, digits, `.`, `_` and `-`; at most 12 for xfs, 16 for ext4 and swap, 36 for btrfs.', doubt: columnProblems.label },
    disk: { help: 'The disk: /dev/disk/by-id/…, /dev/disk/by-path/…, /dev/vda or /dev/nvme0n1, `size>=100G` (the only one that large), or `first-empty`. Partitions of one layout with the same words here share a disk.', doubt: columnProblems.disk },
    number: { help: 'Number of the partition on its disk, from 1.', check: isPartitionNumber },
    size: { help: '`512M`, `2G`, `1T` (powers of 1024), `20%` of the disk, or `rest` for the last one. Unset: rest.', doubt: columnProblems.size },
    fstype: { help: 'ext4, xfs, btrfs or swap.', check: oneOf('ext4', 'xfs', 'btrfs', 'swap') },
    mountpoint: { help: 'Where the node mounts it, or `store`: localdisk rows of litefile live there. Unset: swap is used, anything else is made and left alone.', doubt: columnProblems.mountpoint },
    mntopts: 'Options it is mounted with, separated by commas.',
    nofail: { help: 'yes: the node boots without it when it cannot be had. Unset: the node stops and says why.', check: oneOf('yes', 'no') },
    populate: { help: 'Directory of the image whose content is copied into it once, when it is made.', doubt: columnProblems.populate },
    grow: { help: 'yes: the last partition and its file system grow when the disk has become larger.', check: oneOf('yes', 'no') },
  },
});
