import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import { goingAway } from './parts.ts';

/** Throws FILE_SYSTEM when something is mounted at a path or below it. */
export function refuseMounts(files: Files, path: string): void {
  const points = (files.readTextIfThere('/proc/self/mounts') ?? '').split('\n').map((line) => unescape(line.split(' ')[1] ?? ''));
  const mounts = points.filter((point) => point === path || point.startsWith(`${path}/`));
  if (mounts.length > 0) throw new StateliteError('FILE_SYSTEM', `${path} is not deleted: mounted there: ${mounts.join(', ')}`, { hint: `umount ${mounts.toReversed().join(' ')}` });
}

/** Deletes a tree, never what is mounted in it. Throws FILE_SYSTEM for a mount, with nothing deleted. */
export async function removeImageTree(system: System, path: string): Promise<void> {
  if (!system.files.exists(path)) return;
  refuseMounts(system.files, path);
  await system.run('rm', ['-rf', '--one-file-system', '--', path]);
}

/** Deletes a tree that others may be reading: it goes out of sight first, so that it is there whole or not at all. */
export async function removeTreeAtOnce(system: System, path: string): Promise<void> {
  refuseMounts(system.files, path);
  const hidden = goingAway(path);
  await removeImageTree(system, hidden);
  system.files.rename(path, hidden);
  await removeImageTree(system, hidden);
}

// --- internal ---

// The kernel writes blanks and their like as octal numbers.
const unescape = (text: string): string => text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
