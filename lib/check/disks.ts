import type { Row } from '../../tables/table.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { STORE } from '../disks/disk-plan.ts';
import { commonMounts, layoutsOf } from '../disks/node-disks.ts';
import { isKernelName, readSelector } from '../disks/selector.ts';
import { createdPaths, type Past } from '../image/manifest.ts';
import { isWithin } from '../policy/path.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';
import { checkPartitionFile } from './partition-file.ts';

/** What the disk layouts of an image's nodes want and the image does not give, and what of them is not as it looks. */
export function checkDisks(view: ImageView, past: Past): readonly Finding[] {
  const { cluster, image } = view;
  const file = checkPartitionFile(view);
  if (cluster.rows('disklayout').length === 0 && file.rows.length === 0) return file.findings;
  const nodes = nodesOfImage(cluster, image.name);
  const layouts = new Set([image.name, ...nodes.flatMap((node) => layoutsOf(cluster, node, image))]);
  const rows = [...cluster.rows('disklayout').filter(({ layout = '' }) => layouts.has(layout)), ...file.rows];
  return [...file.findings, ...missingPrograms(view, rows), ...rows.flatMap((row) => [...mountPoint(view, past, row), ...populated(view, row)]), ...hiddenRows(view, rows, nodes), ...kernelNames(rows), ...twoLayouts(view, nodes)];
}

// --- internal ---

const nameOf = ({ layout = '', label = '', from }: Row): string => from ?? `disklayout row layout=${layout} label=${label}`;

const column = (row: Row, name: string): string => (row[name] ?? '').replace(/(?<=.)\/+$/, '');

const isPath = (text: string): boolean => text.startsWith('/');

interface Program {
  readonly name: string;
  readonly debian: string;
  readonly rh: string;
  /** What happens without it. */
  readonly then: string;
  /** Of which row it is wanted. */
  readonly by: (row: Row) => boolean;
}

const has = (fstype: string) => (row: Row): boolean => row['fstype'] === fstype;
const isMade = (row: Row): boolean => row['existing'] !== 'yes';
const makes = (fstype: string) => (row: Row): boolean => row['fstype'] === fstype && isMade(row);
const grows = (fstype: string) => (row: Row): boolean => row['fstype'] === fstype && row['grow'] === 'yes';

const PLACES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const NOT_MADE = 'no disk is made, and nodes that need one stop';
const NOT_GROWN = 'the file system does not grow with its disk';

/** What add-on/localdisk/rc.localdisk runs in the image, with the package it is in. */
const PROGRAMS: readonly Program[] = [
  { name: 'sfdisk', debian: 'fdisk', rh: 'util-linux', then: NOT_MADE, by: isMade },
  { name: 'wipefs', debian: 'util-linux', rh: 'util-linux', then: NOT_MADE, by: isMade },
  { name: 'blkid', debian: 'util-linux', rh: 'util-linux', then: 'no disk is known, and nodes that need one stop', by: () => true },
  { name: 'mkfs.ext4', debian: 'e2fsprogs', rh: 'e2fsprogs', then: NOT_MADE, by: makes('ext4') },
  { name: 'mkfs.xfs', debian: 'xfsprogs', rh: 'xfsprogs', then: NOT_MADE, by: makes('xfs') },
  { name: 'mkfs.btrfs', debian: 'btrfs-progs', rh: 'btrfs-progs', then: NOT_MADE, by: makes('btrfs') },
  { name: 'mkswap', debian: 'util-linux', rh: 'util-linux', then: NOT_MADE, by: makes('swap') },
  { name: 'swapon', debian: 'mount', rh: 'util-linux', then: 'swap is not used, and nodes stop', by: has('swap') },
  { name: 'resize2fs', debian: 'e2fsprogs', rh: 'e2fsprogs', then: NOT_GROWN, by: grows('ext4') },
  { name: 'xfs_growfs', debian: 'xfsprogs', rh: 'xfsprogs', then: NOT_GROWN, by: grows('xfs') },
  { name: 'btrfs', debian: 'btrfs-progs', rh: 'btrfs-progs', then: NOT_GROWN, by: grows('btrfs') },
  { name: 'udevadm', debian: 'udev', rh: 'systemd-udev', then: 'disks have no names below /dev/disk, and nodes stop', by: ({ disk = '' }) => disk.startsWith('/dev/disk/') },
];

function missingPrograms(view: ImageView, rows: readonly Row[]): Finding[] {
  const isDebian = /^(debian|ubuntu)/.test(view.image.os);
  return PROGRAMS.flatMap(({ name, debian, rh, then, by }) => {
    const row = rows.find(by);
    if (row === undefined || PLACES.some((place) => view.look(`${place}/${name}`)?.type === 'file')) return [];
    return [{ code: 'SL023' as const, row: nameOf(row), reason: `${name} is not in the image: ${then}`, fix: `add ${isDebian ? debian : rh} to the image's package list, and genimage` }];
  });
}

function mountPoint(view: ImageView, past: Past, row: Row): Finding[] {
  const mount = column(row, 'mountpoint');
  if (!isPath(mount)) return [];
  const { real, node, problem } = view.find(mount);
  const over = view.rowOver(mount);
  const finding = (reason: string, fix: string): Finding[] => [{ code: 'SL024', row: nameOf(row), reason, fix }];
  if (problem !== undefined) return finding(`its mount point ${mount} cannot be reached in the image: ${problem}`, 'mount it elsewhere, or mend the image');
  if (node !== undefined) return node.fact.type === 'directory' ? [] : finding(`its mount point ${mount} is a ${node.fact.type} in the image, wanted a directory`, 'mount it elsewhere, or make a directory of it');
  if (over !== undefined && over.real !== real) return over.option.mode === 'ro' ? finding(`its mount point ${mount} is not there, and ${over.reason} makes ${over.real} read-only`, `mkdir -p ${view.rootimg}${real}`) : [];
  if (past.manifest === undefined || createdPaths(past).has(real)) return [];
  return finding(`its mount point ${mount} is not in the image, and the root is read-only: nodes stop there`, `liteimg ${view.image.name}`);
}

function populated(view: ImageView, row: Row): Finding[] {
  const populate = column(row, 'populate');
  const found = isPath(populate) ? view.look(populate)?.type : 'directory';
  if (found === 'directory') return [];
  return [{ code: 'SL027', row: nameOf(row), reason: `it is to be filled from ${populate}, which ${found === undefined ? 'is not in the image' : `is a ${found} in the image`}: nodes stop`, fix: 'name a directory of the image, or clear populate' }];
}

/** Partitions are mounted after the rows are made. A row in RAM serves the nodes without the partition. */
function hiddenRows(view: ImageView, layout: readonly Row[], nodes: readonly string[]): Finding[] {
  const common = new Set(commonMounts(view.cluster, nodes, view.image));
  return layout.flatMap((part) => {
    const mount = column(part, 'mountpoint');
    if (!isPath(mount)) return [];
    const { real } = view.find(mount);
    return view.resolved.rows.filter((row) => isWithin(row.real, real) && (row.option.storage !== 'tmpfs' || common.has(mount))).map((row): Finding => ({
      code: 'SL025', row: row.reason, reason: `${nameOf(part)} is mounted at ${mount} after the rows are made: its nodes do not see what this row gives them${row.option.storage === 'tmpfs' ? '' : ', and what they keep lies beside it'}`,
      fix: `remove the row, or mount the partition elsewhere; localdisk rows live on the partition with the mount point ${STORE}`,
    }));
  });
}

function kernelNames(rows: readonly Row[]): Finding[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const disk = readSelector(row['disk'] ?? '');
    const key = `${row['layout'] ?? ''} ${disk ?? ''}`;
    if (disk === undefined || !isKernelName(disk) || seen.has(key)) return [];
    seen.add(key);
    return [{
      code: 'SL026' as const, row: nameOf(row), reason: `the disk is ${disk}, and which disk the kernel calls so may change with each boot: a node with several may find another one`,
      fix: 'write /dev/disk/by-id/… or /dev/disk/by-path/… (ls -l /dev/disk/by-path on a node), size>=… or first-empty; nodes that have one disk may stay so',
    }];
  });
}

/** A node takes the layouts of the first of its groups that has any, and none of the others. */
function twoLayouts({ cluster }: ImageView, nodes: readonly string[]): Finding[] {
  const byKey = new Map(cluster.rows('localdisk').map((row) => [row['node'] ?? '', row['layout']]));
  const found = new Map<string, { readonly finding: Finding; count: number }>();
  for (const node of nodes) {
    if (byKey.get(node) !== undefined) continue;
    const [first, ...others] = cluster.groupsOf(node).filter((group) => byKey.get(group) !== undefined);
    const other = others.find((group) => byKey.get(group) !== byKey.get(first ?? ''));
    if (first === undefined || other === undefined) continue;
    const key = `${first} ${other}`;
    const known = found.get(key);
    if (known !== undefined) known.count += 1;
    else {
      found.set(key, { count: 0, finding: {
        code: 'SL028', row: `localdisk row node=${other}`, reason: `${node} is in ${first} (${byKey.get(first) ?? ''}) too, which comes first in nodelist.groups: it does not get ${byKey.get(other) ?? ''}`,
        fix: `for both: chtab node=${first} localdisk.layout=${[byKey.get(first), byKey.get(other)].join(',')}; for one: a localdisk row of the node itself`,
      } });
    }
  }
  return [...found.values()].map(({ finding, count }) => (count === 0 ? finding : { ...finding, reason: `${finding.reason}; the same for ${count} more` }));
}
