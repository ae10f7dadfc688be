import { join } from 'node:path';
import { refuseMounts, removeImageTree } from './remove-tree.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';

/** What genimage makes in an image's directory: the root tree, and what boot loaders load. */
export const ROOT_TREE = 'rootimg';
export const BOOT_FILES = ['kernel', 'initrd-statelite.gz'] as const;

/** For what programs write that make a tree, and leave when they are ended. */
export const SCRATCH = 'scratch';

/** Where a part of an image is while it is made, and where it stays when another one has taken its place. */
export const inMaking = (directory: string, part: string): string => join(directory, `.${part}.new`);
export const replaced = (directory: string, part: string): string => join(directory, `${part}.old`);

/** Deletes what a run that did not end has left beside an image: all of it is made under names of its own. */
export async function removeUnfinished(system: System, directory: string): Promise<void> {
  for (const name of [...BOOT_FILES, SCRATCH]) system.files.removeTree(inMaking(directory, name));
  await removeImageTree(system, inMaking(directory, ROOT_TREE));
}

/** Deletes what the last genimage replaced. */
export async function removeReplaced(system: System, directory: string): Promise<void> {
  await removeImageTree(system, replaced(directory, ROOT_TREE));
  for (const name of BOOT_FILES) system.files.removeTree(replaced(directory, name));
}

/** Puts new kernel and initrd in the place of those an image has. */
export function putBootFilesInPlace(files: Files, directory: string): void {
  for (const name of BOOT_FILES) files.rename(inMaking(directory, name), join(directory, name));
}

/**
 * Puts a new tree, kernel and initrd in the place of those an image has, each in one step. What was there stays beside it, so that nodes go on
 * which run from it (ADR 0036); what stayed of an earlier run goes.
 */
export async function putImageInPlace(system: System, directory: string): Promise<void> {
  refuseMounts(system.files, join(directory, ROOT_TREE));
  await removeReplaced(system, directory);
  for (const part of PARTS) system.files.rename(inMaking(directory, part), replaced(directory, part));
  changePlaces(system.files, directory);
}

/** The image and the one it replaced change places; a second time, back again. */
export function changePlaces(files: Files, directory: string): void {
  const pairs = PARTS.map((part) => ({ link: replaced(directory, part), directory: join(directory, part) })).filter(({ link }) => files.exists(link));
  files.exchange(pairs.filter((pair) => files.exists(pair.directory)), inMaking(directory, ROOT_TREE));
  for (const pair of pairs) if (!files.exists(pair.directory)) files.rename(pair.link, pair.directory);
}

/** A run that was killed where two names cannot change places in one step: the tree from before is the image. */
export function bringBack(files: Files, directory: string): void {
  const [tree, old] = [join(directory, ROOT_TREE), replaced(directory, ROOT_TREE)];
  if (!files.exists(tree) && files.exists(old)) files.rename(old, tree);
}

// --- internal ---

const PARTS = [ROOT_TREE, ...BOOT_FILES] as const;
