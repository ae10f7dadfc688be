import { isWithin } from '../policy/path.ts';
import type { Draft } from './draft.ts';
import { DEFAULT_ROOT, defaultOf, innerOf, STATE_ROOT, STATE_ROOT_IN_MAKING } from './layout.ts';
import type { Journal } from './manifest.ts';
import type { ImageTree } from './tree.ts';

/** Inode to mtime, in nanoseconds, of every directory of the image in which names are planned to change; what a stopped run wrote down is older and wins. */
export function originalMtimes(tree: ImageTree, journal: Journal | undefined): Record<string, string> {
  const mtimes: Record<string, string> = {};
  for (const [, { fact, changed }] of tree.directories()) if (changed && fact.inode !== 0n) mtimes[String(fact.inode)] = String(fact.mtimeNs);
  return { ...mtimes, ...journal?.mtimes };
}

/**
 * Plans that directories in which names changed get their times back, and that the directories above defaults and links have those of the
 * image's own. `parents` are the directories above linked paths; `all` also looks after directories that a stopped run changed.
 */
export function restoreMtimes(draft: Draft, parents: ReadonlySet<string>, mtimes: Readonly<Record<string, string>>, all: boolean): void {
  const { tree } = draft;
  for (const [path, node] of [...tree.directories()]) {
    const wanted = mtimes[String(node.fact.inode)];
    const isOwn = isWithin(path, STATE_ROOT) || isWithin(path, STATE_ROOT_IN_MAKING) || path === DEFAULT_ROOT || parents.has(path.slice(DEFAULT_ROOT.length)) && isWithin(path, DEFAULT_ROOT);
    if (wanted !== undefined && !isOwn && (node.changed || all)) draft.mtime(path, wanted);
  }
  for (const parent of [...parents].sort()) {
    const twin = tree.at(parent);
    if (twin === undefined || twin.fact.inode === 0n) continue;
    for (const place of [innerOf(parent), defaultOf(parent)]) {
      if (tree.at(place)?.changed || all) draft.mtime(place, mtimes[String(twin.fact.inode)] ?? String(twin.fact.mtimeNs));
    }
  }
}
