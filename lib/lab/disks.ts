import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { mebibytes } from '../disks/size.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';

/** A disk of a virtual node. */
export interface LabDisk {
  readonly kind: 'virtio' | 'nvme';
  readonly mib: number;
}

/** A disk with the sparse file that holds it. */
export interface DiskFile {
  readonly kind: LabDisk['kind'];
  readonly path: string;
  /** What /dev/disk/by-id names it by. */
  readonly serial: string;
}

/** Reads `1G`, `virtio:1G`, `nvme:2G`; `none` alone is no disk. Throws USAGE. */
export function readDisks(texts: readonly string[]): readonly LabDisk[] {
  if (texts.length === 1 && texts[0] === 'none') return [];
  return texts.map((text) => {
    const [, kind = 'virtio', size = ''] = /^(?:(virtio|nvme):)?(\w+)$/.exec(text) ?? [];
    const mib = mebibytes(size);
    if (mib === undefined) throw new StateliteError('USAGE', `--disk is "${text}", wanted a size such as 1G, virtio:1G or nvme:2G, or none`, { hint: 'litelab --help shows the usage' });
    return { kind: kind as LabDisk['kind'], mib };
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
  return (files.exists(directory) ? files.list(directory) : []).filter((name) => /^\d+-(virtio|nvme)\.img$/.test(name)).sort().map((name) => ({
    kind: name.includes('nvme') ? 'nvme' : 'virtio', path: join(directory, name), serial: `${node}-disk${Number.parseInt(name, 10)}`,
  }));
}
