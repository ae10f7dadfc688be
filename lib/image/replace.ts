import { join } from 'node:path';
import type { OsImage } from '../cluster/cluster.ts';
import type { Context } from '../command.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import { BOOT_FILES, goingAway, inMaking, type Part, PARTS, replaced, REPLACING, ROOT_TREE, SCRATCH } from './parts.ts';
import { refuseMounts, removeImageTree, removeTreeAtOnce } from './remove-tree.ts';

// Tree, kernel and initrd have names of their own, which no system call changes together. A file beside them says which are to be the image, by inode,
// before the first of them moves and until the last has (ADR 0041).

/** Deletes what a run that did not end has left beside an image: all of it is made under names of its own. What was on its way into place stays. */
export async function removeUnfinished(system: System, directory: string): Promise<void> {
  if (isHalfReplaced(system.files, directory)) return;
  for (const name of [...BOOT_FILES, SCRATCH]) system.files.removeTree(inMaking(directory, name));
  for (const tree of [inMaking(directory, ROOT_TREE), goingAway(replaced(directory, ROOT_TREE))]) await removeImageTree(system, tree);
}

/** Puts new kernel and initrd in the place of those an image has. */
export const putBootFilesInPlace = (files: Files, directory: string): void => replace(files, directory, { keeps: false, wanted: inodesOf(files, BOOT_FILES, (part) => inMaking(directory, part)) });

/**
 * Puts a new tree, kernel and initrd in the place of those an image has. What was there stays beside it, so that nodes go on
 * which run from it (ADR 0036); what stayed of an earlier run goes.
 */
export async function putImageInPlace(system: System, directory: string): Promise<void> {
  refuseMounts(system.files, join(directory, ROOT_TREE));
  await removeReplaced(system, directory);
  replace(system.files, directory, { keeps: true, wanted: inodesOf(system.files, PARTS, (part) => inMaking(directory, part)) });
}

/** The image and the one it replaced change places; a second time, back again. What one of them does not have, it does not get from the other. */
export const changePlaces = (files: Files, directory: string): void => replace(files, directory, { keeps: true, wanted: inodesOf(files, PARTS, (part) => replaced(directory, part)) });

/** Whether a run was ended while parts changed places: those that are there may not belong together. */
export const isHalfReplaced = (files: Files, directory: string): boolean => files.exists(join(directory, REPLACING));

/**
 * Finishes what such a run began, and says so when there was anything. To be called under the image's lock. Throws IMAGE_MISSING when a part is gone
 * that was to be put in place, or the file was changed.
 */
export function finishReplacing(files: Files, { name, directory }: Pick<OsImage, 'name' | 'directory'>, notice: Context['notice']): void {
  const text = files.readTextIfThere(join(directory, REPLACING));
  if (text === undefined) return;
  carryOut(files, directory, parseReplacement(join(directory, REPLACING), text));
  notice(`Notice: ${name}: a run was ended while tree, kernel and initrd changed places; that is finished now`);
}

// --- internal ---

/** Deletes what the last genimage replaced, the tree first: without it there is no image before. */
async function removeReplaced(system: System, directory: string): Promise<void> {
  const tree = replaced(directory, ROOT_TREE);
  if (system.files.exists(tree)) await removeTreeAtOnce(system, tree);
  for (const name of BOOT_FILES) system.files.removeTree(replaced(directory, name));
}

interface Replacement {
  /** Whether what a part takes the place of stays, as `<part>.old`. */
  readonly keeps: boolean;
  /** Inode number of what is to stand at each name; null for nothing. */
  readonly wanted: Readonly<Partial<Record<Part, string | null>>>;
}

function parseReplacement(path: string, text: string): Replacement {
  try {
    const { keeps, wanted } = JSON.parse(text) as Partial<Replacement>;
    if (keeps !== undefined && wanted !== undefined) return { keeps, wanted };
  } catch { /* told below */ }
  throw new StateliteError('IMAGE_MISSING', `${path}, which says what a run was doing that was ended, cannot be read`, { hint: `delete it, then geninitrd <image>: it makes kernel and initrd of the tree that is there` });
}

const inodeOf = (files: Files, path: string): string | null => files.look(path)?.inode.toString() ?? null;

const inodesOf = (files: Files, parts: readonly Part[], at: (part: Part) => string): Replacement['wanted'] => Object.fromEntries(parts.map((part) => [part, inodeOf(files, at(part))]));

function replace(files: Files, directory: string, replacement: Replacement): void {
  files.writeAtomic(join(directory, REPLACING), `${JSON.stringify(replacement)}\n`);
  carryOut(files, directory, replacement);
}

function carryOut(files: Files, directory: string, { keeps, wanted }: Replacement): void {
  for (const part of PARTS) {
    const inode = wanted[part];
    if (inode !== undefined) putPart(files, directory, part, inode, keeps);
  }
  files.syncDirectory(directory);
  files.removeFile(join(directory, REPLACING));
}

/** From wherever a run that was ended has left it. The name in the making is also the spare one of an exchange. */
function putPart(files: Files, directory: string, part: Part, inode: string | null, keeps: boolean): void {
  const [place, old, made] = [join(directory, part), replaced(directory, part), inMaking(directory, part)];
  const isAt = (path: string): boolean => inodeOf(files, path) === inode;
  if (isAt(place)) return;
  if (inode === null) files.rename(place, old);
  else if (isAt(made) && !(keeps && files.exists(place))) files.rename(made, place);
  else {
    if (isAt(made)) files.rename(made, old);
    if (!isAt(old)) throw gone(directory, part);
    if (files.exists(place)) files.exchange([{ link: old, directory: place }], made);
    else files.rename(old, place);
  }
}

function gone(directory: string, part: Part): StateliteError {
  const mark = join(directory, REPLACING);
  return new StateliteError('IMAGE_MISSING', `a run was ended while ${join(directory, part)} was replaced, and what was to take its place is neither ${inMaking(directory, part)} nor ${replaced(directory, part)}`, {
    hint: part === ROOT_TREE ? `make the tree that is to be the image ${join(directory, part)}, delete ${mark}, then geninitrd <image>` : `rm ${mark}, then geninitrd <image>: it makes kernel and initrd of the tree that is there`,
  });
}
