import type { Row } from '../../tables/table.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { readLayout } from '../disks/layout.ts';
import { partitionFileOf, readPartitions } from '../disks/node-disks.ts';
import { StateliteError } from '../errors.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** What is found of a partition file of xCAT, and the rows it comes to. */
export interface CheckedPartitions {
  readonly findings: readonly Finding[];
  readonly rows: readonly Row[];
}

/** Looks at linuximage.partitionfile, whether nodes have the image yet or not; at its text only when it counts for one of them, or for none as there is none. */
export function checkPartitionFile({ cluster, image }: ImageView): CheckedPartitions {
  const { partitionfile: written } = image.linuximage;
  if (written === undefined) return { findings: [], rows: [] };
  const nodes = nodesOfImage(cluster, image.name);
  const others = nodes.filter((node) => partitionFileOf(cluster, node, image) === undefined);
  const unread: readonly Finding[] = others.length === 0 ? [] : [{
    code: 'SL033', row: rowOf(image.name),
    reason: `partitionfile ${written} does not count for ${others.length === nodes.length ? 'any node of the image' : some(others)}: localdisk.layout, or a layout named as the image, does`,
    fix: 'clear partitionfile, or localdisk.layout where the file is meant',
  }];
  if (nodes.length > 0 && others.length === nodes.length) return { findings: unread, rows: [] };
  try {
    const { rows, problems, notices, script } = readPartitions(cluster, written);
    return {
      rows, findings: [
        ...unread, ...[...problems, ...readLayout(rows).problems].map((problem) => unusable(image.name, problem)),
        ...notices.map((notice): Finding => ({ code: 'SL034', row: rowOf(image.name), reason: `partitionfile ${written}: ${notice}`, fix: 'nothing, when that is meant; litedisk plan shows what comes of it' })),
        ...script === undefined ? [] : scriptFindings(image.name, written, script),
      ],
    };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return { findings: [...unread, unusable(image.name, error)], rows: [] };
  }
}

// --- internal ---

const rowOf = (image: string): string => `linuximage row imagename=${image}`;

const some = ([first = '', ...more]: readonly string[]): string => (more.length === 0 ? first : `${first} and ${more.length} more`);

const unusable = (image: string, { message, hint }: StateliteError): Finding => ({ code: 'SL031', row: rowOf(image), reason: `${message}: nodes get no plan`, fix: hint ?? 'mend the file' });

/** A script of xCAT runs at every boot and on all disks; here it runs once, and can write to the first empty disk only. */
function scriptFindings(image: string, written: string, script: string): readonly Finding[] {
  const finding = (reason: string, fix: string): Finding => ({ code: 'SL032', row: rowOf(image), reason: `partitionfile ${written}${reason}`, fix });
  const [first = '', ...rest] = script.split('\n');
  const lines = [first, ...rest].map((line) => line.replace(/(^|\s)#.*$/, ''));
  const named = lines.flatMap((line, index) => (DISK_NAME.exec(line) ?? []).slice(1).map((disk) => ({ disk, line: index + 1 })));
  const [one] = named;
  return [
    ...first.startsWith('#!') ? [] : [finding(', line 1: it does not begin with #! and the program that runs it', 'write #!/bin/sh, or #!/bin/bash')],
    ...first.includes('\r') ? [finding(', line 1: its lines end with CR LF, which no shell takes', 'sed -i "s/\\r$//" on it')] : [],
    ...one === undefined ? [] : [finding(`, line ${one.line}: it names ${one.disk}${named.length === 1 ? '' : `, and other lines do`}; it runs once and can write to the first empty disk only, all others are read-only for it: where that is another one it fails, and nodes stop`, 'write $STATELITE_DISK, which names that disk, or use a disklayout')],
    ...one === undefined && !script.includes('STATELITE_DISK') ? [finding(' does not use STATELITE_DISK: it runs once and can write to that disk only, the first one that is empty; a disk it leaves without partitions stops nodes', 'write $STATELITE_DISK for the disk, or use a disklayout')] : [],
  ];
}

const DISK_NAME = /(\/dev\/(?:[shv]d[a-z]|nvme\d|mmcblk\d|disk\/by-)[\w.:/+@-]*)/;
