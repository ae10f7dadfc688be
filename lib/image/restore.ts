import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Notice } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { defaultOf, innerOf, LINK_ROOT, WAY_BACK, WAY_BACK_LINK } from './layout.ts';
import { isOurLink, isUntouched, locate, originalOf, physicalOf } from './locate.ts';
import type { Manifest } from './manifest.ts';
import { isSameFile, type ImageTree } from './tree.ts';

/** What planning found out besides the operations. */
export interface Findings {
  readonly notices: Notice[];
  readonly problems: StateliteError[];
}

/** Every path that is linked now, half linked, or was according to the manifest; sorted. */
export function linkedPaths(tree: ImageTree, manifest: Manifest | undefined): string[] {
  const found = new Set<string>();
  const search = (directory: string, inner: string): void => {
    for (const [name, { fact: { type } }] of tree.entries(inner)) {
      if (type === 'symlink') found.add(`${directory}/${name}`);
      else if (type === 'directory') search(`${directory}/${name}`, `${inner}/${name}`);
    }
  };
  search('', LINK_ROOT);
  for (const row of manifest?.rows ?? []) if (row.parent === undefined && !found.has(row.real) && isOurLink(row.real, tree.at(row.real))) found.add(row.real);
  return [...found].sort();
}

/**
 * Plans that linked paths are what they were: the originals come back under their own names first, so that content, mode, owner, times and attributes are
 * their own and no path is missing; then what led to them goes.
 */
export function restoreAll(draft: Draft, paths: readonly string[], needed: ReadonlySet<string>, findings: Findings): void {
  const { tree } = draft;
  const possible = paths.filter((path) => canReturn(tree, path, findings));
  if (possible.some((path) => originalOf(tree, path)?.fact.type === 'directory' && isOurLink(path, tree.at(path)))) {
    draft.operation('prepare', WAY_BACK, 'for directories that come back', () => {
      draft.mkdir(WAY_BACK, 0o755);
      draft.symlink(WAY_BACK_LINK, '../..');
    });
  }
  for (const path of possible) restore(draft, path, findings);
  draft.operation('clean', LINK_ROOT, 'links and directories that nothing needs', () => {
    if (possible.length > 0) draft.wait(LINK_ROOT, GRACE);
    for (const path of possible) removeLeftovers(tree, draft, path);
    removeWayBack(draft);
    prune(draft, needed);
  });
}

/** Plans that the way back for directories goes. */
export function removeWayBack(draft: Draft): void {
  if (draft.tree.at(WAY_BACK_LINK) !== undefined) draft.unlink(WAY_BACK_LINK);
  if (draft.tree.at(WAY_BACK) !== undefined) draft.rmdir(WAY_BACK);
}

/** Plans that the kept default of a path somebody has replaced gives way, without being lost. */
export function setAside(draft: Draft, path: string, isSame: boolean, notices: Notice[]): void {
  const kept = defaultOf(path);
  if (isSame) draft.unlink(kept);
  else if (draft.tree.at(kept)?.fact.type === 'directory' && draft.tree.names(kept).length === 0) draft.rmdir(kept);
  else {
    const backup = draft.backupName(kept);
    draft.rename(kept, backup);
    notices.push({ path, text: `${path} was replaced in the image since the last liteimg: what it is now counts, the old default is ${backup}` });
  }
}

/** Plans that paths liteimg made, that nothing `needs` any more and nobody has filled, go. Says which paths stay remembered. */
export function removeCreated(draft: Draft, created: ReadonlySet<string>, needed: ReadonlyMap<string, 'file' | 'directory'>, { notices }: Findings): Set<string> {
  const remembered = new Set(created);
  for (const path of [...created].sort().reverse()) {
    const place = locate(draft.tree, path);
    if (place.node === undefined || place.real !== path) {
      remembered.delete(path);
      continue;
    }
    const wanted = needed.get(path);
    const { node, physical } = place;
    const is = node.fact.type === 'directory' ? 'directory' : 'file';
    if (wanted === is || (wanted !== undefined && !isUntouched(draft.tree, place, created))) continue;
    remembered.delete(path);
    if (node.fact.type === 'directory' && draft.tree.names(physical).length === 0) draft.operation('remove', `${path}/`, 'liteimg made it', () => draft.rmdir(physical));
    else if (node.fact.type === 'file' && node.fact.size === 0) draft.operation('remove', path, 'liteimg made it', () => draft.unlink(physical));
    else notices.push({ path, text: `${path} stays: liteimg made it, but it has been filled since` });
  }
  return remembered;
}

// --- internal ---

/** Milliseconds: a reader has read a link and has yet to ask, perhaps over the network, for what it leads to. */
const GRACE = 30;

function canReturn(tree: ImageTree, path: string, { problems }: Findings): boolean {
  const above = posix.dirname(path);
  if (originalOf(tree, path) === undefined || tree.at(above)?.fact.type === 'directory') return true;
  problems.push(new StateliteError('FILE_SYSTEM', `${path} cannot be put back: ${above} in the image is gone or no directory any more`, {
    hint: `the original is ${tree.rootimg}${defaultOf(path)}: make the directory again, or move the original away`,
  }));
  return false;
}

function restore(draft: Draft, path: string, { notices }: Findings): void {
  const { tree } = draft;
  const kept = defaultOf(path);
  const original = originalOf(tree, path);
  const present = tree.at(path);
  draft.operation('restore', path, original === undefined ? 'no original is kept' : `from ${kept}`, () => {
    if (present !== undefined && !isOurLink(path, present)) {
      if (original !== undefined && !isSameFile(present, original)) setAside(draft, path, false, notices);
    } else if (original === undefined) {
      notices.push({ path, text: `${path}: its default ${kept} is gone, only the link is removed` });
      if (present !== undefined) draft.unlink(path);
    } else if (present === undefined) draft.rename(kept, path);
    else if (original.fact.type === 'directory') draft.exchange(path, kept);
    else draft.replaceByFile(path, kept);
  });
}

// The link that has changed places with a directory, the second name of a file, and the second half of the link.
function removeLeftovers(tree: ImageTree, draft: Draft, path: string): void {
  const [present, kept] = [tree.at(path), tree.at(defaultOf(path))];
  if (kept !== undefined && (isOurLink(path, kept) || (present !== undefined && isSameFile(present, kept)))) draft.unlink(defaultOf(path));
  if (tree.at(innerOf(path))?.fact.type === 'symlink') draft.unlink(innerOf(path));
}

// Directories that were made for links and hold none any more, except those that `needed` links use. Every one in /.default has its twin in LINK_ROOT.
function prune(draft: Draft, needed: ReadonlySet<string>): void {
  const { tree } = draft;
  const visit = (path: string): void => {
    for (const [name, { fact }] of tree.entries(innerOf(path))) if (fact.type === 'directory') visit(`${path}/${name}`);
    if (path === '' || needed.has(path)) return;
    for (const place of [defaultOf(path), innerOf(path)]) {
      if (tree.directory(place) !== undefined && tree.names(place).length === 0 && physicalOf(tree, path) !== place) draft.rmdir(place);
    }
  };
  visit('');
}
