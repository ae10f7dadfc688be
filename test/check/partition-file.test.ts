import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../lib/check/finding.ts';
import { checkImage } from '../../lib/check/litecheck.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import { createFiles } from '../../lib/system/files.ts';
import type { TableData } from '../../tables/table.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

const HEAD = 'enable=yes\nenablepart=yes\n';
const WHOLE = `${HEAD}[disk]\ndev=/dev/disk/by-path/x\nfstype=xfs\nparts=10,90\n[localspace]\ndev=/dev/disk/by-path/x-part1\n[swapspace]\ndev=/dev/disk/by-path/x-part2\n`;
const TOOLS = ['sfdisk', 'wipefs', 'blkid', 'mkfs.ext4', 'mkfs.xfs', 'mkswap', 'swapon', 'udevadm'];

let root = '';
let path = '';

beforeEach(() => {
  root = temporaryDirectory();
  path = join(root, 'disks');
  makeTree(join(root, 'netboot/debian12/x86_64/compute/rootimg'), { 'etc/hosts': 'h', ...Object.fromEntries(TOOLS.map((name) => [`usr/sbin/${name}`, ''])) });
});

/** What litecheck finds of local disks with an image whose partition file has that text, with its path as @. */
function find(text: string | undefined, { tables = {}, partitionfile = path, options = 'localdisk' }: { readonly tables?: TableData; readonly partitionfile?: string; readonly options?: string } = {}): readonly string[] {
  if (text !== undefined) writeFileSync(path, text);
  const files = { ...createFiles(), readTextIfThere: (name: string) => (name.startsWith('/etc/') ? undefined : createFiles().readTextIfThere(name)), list: (name: string) => (name === '/etc/exports.d' ? [] : createFiles().list(name)) };
  const cluster = createCluster({
    site: [{ key: 'installdir', value: root }], litefile: [{ image: 'ALL', file: '/etc/hosts', options }], nodelist: [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }],
    nodetype: [{ node: 'all', provmethod: 'img' }], linuximage: [{ imagename: 'img', partitionfile }],
    osimage: [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite' }], ...tables,
  }, files);
  const image = cluster.image('img');
  if (image === undefined) throw new Error('no image');
  const briefly = ({ code, reason, fix }: Finding): string => `${code} ${reason}; ${fix}`.replaceAll(path, '@');
  return checkImage({ files, env: {} }, cluster, image).map(briefly);
}

describe('litecheck of a partition file', () => {
  test('a sound one has no findings, is held to the image like a layout, and is told of when xCAT would have cleared the disk', () => {
    expect(find(WHOLE)).toEqual([]);
    expect(find(WHOLE.replace('xfs', 'btrfs').replace('by-path/x\n', 'by-path/x\nclear=yes\n'))).toEqual([
      'SL034 partitionfile @: line 3: clear=yes clears nothing: a blank disk is made once and kept, all others are refused; nothing, when that is meant; litedisk plan shows what comes of it',
      `SL023 mkfs.btrfs is not in the image: no disk is made, and nodes that need one stop; add btrfs-progs to the image's package list, and genimage`,
    ]);
    expect(find(`${HEAD}[disk]\ndev=/dev/sda\nparts=10\n`, { options: '' })).toEqual([expect.stringMatching(/^SL026 the disk is \/dev\/sda, and which disk the kernel calls so may change/)]);
  });

  test.each([
    ['that is not there', undefined, {}, 'partitionfile @ is not there'],
    ['whose directory is not there', undefined, { partitionfile: '/nowhere/custom/disks' }, 'partitionfile /nowhere/custom/disks is not there'],
    ['that is named by no full path', undefined, { partitionfile: 'custom/disks' }, 'partitionfile is "custom/disks", wanted the path of a file, or s: and that of a script'],
    ['of an installer', 'part swap --size 1024\n', {}, 'partitionfile @, line 1: "part swap --size 1024" is nothing that it begins with'],
    ['with a file system that is not made here', WHOLE.replace('xfs', 'jfs'), {}, 'partitionfile @, line 7: fstype=jfs is not made here'],
    ['with a partition that no kernel has', WHOLE.replace('x-part1', 'y'), {}, 'partitionfile @, line 7: [localspace] dev=/dev/disk/by-path/y is no partition of a disk'],
    ['with the parts of another disk', WHOLE.replace('10,90', '60,60'), {}, 'partitionfile @, line 3: the partitions of /dev/disk/by-path/x want 120% of it, and the partition table has its place too: give the last one the rest'],
  ])('one %s is an error, told once for all nodes, and without nodes too', (_what, text, more, reason) => {
    expect(find(text, more).filter((line) => line.startsWith(`SL031 ${reason}: nodes get no plan; `))).toHaveLength(1);
    expect(find(text, more).filter((line) => /^SL011|^SL029/.test(line))).toEqual([]);
    expect(find(text, { ...more, tables: { nodelist: [] } })).toContainEqual(expect.stringContaining(reason));
  });

  test('one that is a directory is told as what it is', () => {
    mkdirSync(path);
    expect(find(undefined)).toEqual([expect.stringMatching(/^SL031 partitionfile @ cannot be read: .*EISDIR.*; chdef -t osimage <image> partitionfile=<file>$/)]);
  });

  test('one that xCAT would not act upon, or only mount, says what comes of it', () => {
    expect(find(WHOLE.replace('enable=yes', 'enable=no'))).toEqual([
      expect.stringMatching(/^SL029 n01: \/etc\/hosts is localdisk, but partitionfile @ gives no \[localspace\]; the same for 1 more: n02; write enable=yes and \[localspace\] dev=<partition> into @, or chtab node=n01 localdisk\.layout=<layout>$/),
      expect.stringMatching(/^SL034 partitionfile @: it does not say enable=yes: it gives nodes no local disk; /),
    ]);
    expect(find(WHOLE.replace('enablepart=yes', 'enablepart=no'))).toEqual([expect.stringMatching(/^SL034 partitionfile @: it does not say enablepart=yes: no disk is made, \[localspace\] and \[swapspace\] are used where nodes have them/)]);
  });

  test('beside layouts it is told for whom it does not count, and not read when it counts for nobody', () => {
    const disklayout = [{ layout: 'l', label: 'a', disk: 'first-empty', number: '1', fstype: 'ext4', mountpoint: 'store' }];
    expect(find(WHOLE, { tables: { disklayout, localdisk: [{ node: 'n02', layout: 'l' }] } })).toEqual([expect.stringMatching(/^SL033 partitionfile @ does not count for n02: localdisk\.layout, or a layout named as the image, does; /)]);
    expect(find('wrong', { tables: { disklayout, localdisk: [{ node: 'all', layout: 'l' }] } })).toEqual([expect.stringMatching(/^SL033 partitionfile @ does not count for any node of the image/)]);
  });

  test.each([
    ['that names a disk', '#!/bin/sh\n# not /dev/sdb\nparted -s /dev/sda mklabel gpt\nmkfs.ext4 /dev/sda1\n', /^SL032 partitionfile s:@, line 3: it names \/dev\/sda, and other lines do; it runs once and can write to the first empty disk only/],
    ['that knows nothing of the disk it is given', '#!/bin/sh\nparted -s $(first_disk) mklabel gpt\n', /^SL032 partitionfile s:@ does not use STATELITE_DISK: /],
    ['without a first line', 'sfdisk $STATELITE_DISK\n', /^SL032 partitionfile s:@, line 1: it does not begin with #!/],
    ['from another system', '#!/bin/sh\r\nsfdisk $STATELITE_DISK\r\n', /^SL032 partitionfile s:@, line 1: its lines end with CR LF/],
  ])('a script %s is warned of, with its line', (_what, text, reason) => {
    expect(find(text, { partitionfile: `s:${path}` })).toEqual([expect.stringMatching(reason)]);
  });

  test('a script for the disk it is given has no findings', () => {
    expect(find('#!/bin/sh\nprintf "label: gpt\\nsize=+\\n" | sfdisk $STATELITE_DISK && mkfs.ext4 "${STATELITE_DISK}1" >/dev/null\n', { partitionfile: `s:${path}` })).toEqual([]);
  });
});
