import { isWithin } from '../policy/path.ts';
import type { Draft } from './draft.ts';
import { DEFAULT_ROOT, defaultOf, innerOf, STATE_ROOT, STATE_ROOT_IN_MAKING } from './layout.ts';
import { locate } from './locate.ts';
import type { DirectoryTime, Journal } from './manifest.ts';
import type { ImageTree } from './tree.ts';

/** Looks at every directory that a stopped run was to change, wherever it is now, so that its time is given back with the others. */
export function lookAgain(tree: ImageTree, journal: Journal | undefined): void {
  for (const { path } of journal?.directories ?? []) locate(tree, path);
}

/** The times of every directory of the image in which names are planned to change; what a stopped run wrote down is older and wins. */
export function originalTimes(tree: ImageTree, journal: Journal | undefined): readonly DirectoryTime[] {
  const times = new Map<string, DirectoryTime>();
  tree.directories((path, { fact, changed }) => {
    if (!changed || fact.inode === 0n) return;
    const inode = String(fact.inode);
    times.set(inode, { path: isWithin(path, DEFAULT_ROOT) ? path.slice(DEFAULT_ROOT.length) || '/' : path, inode, mtimeNs: String(fact.mtimeNs) });
  });
  for (const time of journal?.directories ?? []) times.set(time.inode, time);
  return [...times.values()];
}

/**
 * Plans that directories in which names changed get their times back, and that the directories above defaults and links have those of the
 * image's own. `parents` are the directories above linked paths; `all` also looks after directories that a stopped run changed.
 */
export function restoreTimes(draft: Draft, parents: ReadonlySet<string>, times: readonly DirectoryTime[], all: boolean): void {
  const { tree } = draft;
  const before = new Map(times.map(({ inode, mtimeNs }) => [inode, mtimeNs]));
  tree.directories((path, { fact, changed }) => {
    if (!changed && !all) return;
    const mtimeNs = before.get(String(fact.inode));
    if (mtimeNs !== undefined && !isOwn(path, parents)) draft.mtime(path, mtimeNs);
  });
  for (const parent of [...parents].sort()) {
    const twin = tree.directory(parent)?.fact;
    if (twin === undefined || twin.inode === 0n) continue;
    for (const place of [innerOf(parent), defaultOf(parent)]) {
      if (all || tree.directory(place)?.changed) draft.mtime(place, before.get(String(twin.inode)) ?? String(twin.mtimeNs));
    }
  }
}

// --- internal ---

// Directories that liteimg made for itself have no time of their own.
const isOwn = (path: string, parents: ReadonlySet<string>): boolean =>
  isWithin(path, STATE_ROOT) || isWithin(path, STATE_ROOT_IN_MAKING) || path === DEFAULT_ROOT || (isWithin(path, DEFAULT_ROOT) && parents.has(path.slice(DEFAULT_ROOT.length)));
