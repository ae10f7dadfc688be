import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { mebibytes } from '../disks/size.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';

/** How a disk is attached: virtio; NVMe; SATA by AHCI; SAS by an adapter, or by a RAID controller; SCSI by virtio. */
export const DISK_KINDS = ['virtio', 'nvme', 'sata', 'sas', 'raid', 'scsi'] as const;
export type DiskKind = (typeof DISK_KINDS)[number];

/** A disk of a virtual node. */
export interface LabDisk {
  readonly kind: DiskKind;
  readonly mib: number;
}

/** A disk with the sparse file that holds it. */
export interface DiskFile {
  readonly kind: DiskKind;
  readonly path: string;
  /** Counted from 1. */
  readonly number: number;
}

/** Reads `1G`, `nvme:2G`, `sata:1G`; `none` alone is no disk. Throws USAGE. */
export function readDisks(texts: readonly string[]): readonly LabDisk[] {
  if (texts.length === 1 && texts[0] === 'none') return [];
  return texts.map((text) => {
    const [, named = 'virtio', size = ''] = /^(?:(\w+):)?(\w+)$/.exec(text) ?? [];
    const kind = kindOf(named);
    const mib = mebibytes(size);
    if (kind === undefined || mib === undefined) {
      throw new StateliteError('USAGE', `--disk is "${text}", wanted a size such as 1G, one with ${DISK_KINDS.join(', ')} before it such as nvme:2G, or none`, { hint: 'litelab --help shows the usage' });
    }
    return { kind, mib };
  });
}

/**
 * The files of a node's disks, kept in the lab's directory over boots and `down`: <n>-<kind>.img, counted from 1. Those of `disks` are made where they are
 * missing and made larger where they are smaller, never smaller; files beyond them go. Without `disks`, what earlier boots made.
 */
export function diskFiles(files: Files, labDirectory: string, node: string, disks?: readonly LabDisk[]): readonly DiskFile[] {
  const directory = join(labDirectory, 'disks', node);
  const wanted = disks?.map(({ kind }, index) => `${index + 1}-${kind}.img`);
  if (wanted !== undefined) {
    files.makeDirectories(directory);
    for (const name of files.list(directory)) if (!wanted.includes(name)) files.removeFile(join(directory, name));
    disks?.forEach(({ mib }, index) => {
      const path = join(directory, wanted[index] ?? '');
      if (!files.exists(path)) files.writeAtomic(path, '');
      if ((files.look(path)?.size ?? 0) < mib * 1024 * 1024) truncateSync(path, mib * 1024 * 1024);
    });
  }
  return (files.exists(directory) ? files.list(directory) : []).flatMap((name) => {
    const [, number = '', named = ''] = /^(\d+)-(\w+)\.img$/.exec(name) ?? [];
    const kind = kindOf(named);
    return kind === undefined ? [] : [{ kind, path: join(directory, name), number: Number(number) }];
  }).sort((one, two) => one.number - two.number);
}

// --- internal ---

const kindOf = (text: string): DiskKind | undefined => DISK_KINDS.find((kind) => kind === text);
