import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Notice } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { below, DEFAULT_ROOT, defaultOf, innerOf, LINK_ROOT } from './layout.ts';
import { isOurLink, isUntouched, locate, physicalOf } from './locate.ts';
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
  const search = (directory: string): void => {
    for (const name of tree.names(directory === '/' ? LINK_ROOT : innerOf(directory))) {
      const path = below(directory, name);
      const type = tree.at(innerOf(path))?.fact.type;
      if (type === 'symlink') found.add(path);
      else if (type === 'directory') search(path);
    }
  };
  search('/');
  for (const row of manifest?.rows ?? []) if (row.parent === undefined && isOurLink(row.real, tree.at(row.real))) found.add(row.real);
  return [...found].sort();
}

/** Plans that a linked path is what it was: the original comes back by rename, so that content, mode, owner, times and attributes are its own. */
export function restore(draft: Draft, path: string, { notices, problems }: Findings): void {
  const { tree } = draft;
  const kept = defaultOf(path);
  const original = tree.at(kept);
  const present = tree.at(path);
  if (original !== undefined && tree.at(posix.dirname(path))?.fact.type !== 'directory') {
    problems.push(new StateliteError('FILE_SYSTEM', `${path} cannot be put back: ${posix.dirname(path)} in the image is gone or no directory any more`, {
      hint: `the original is ${tree.rootimg}${kept}: make the directory again, or move the original away`,
    }));
    return;
  }
  draft.operation('restore', path, original === undefined ? 'no original is kept' : `from ${kept}`, () => {
    if (present === undefined || isOurLink(path, present)) {
      if (original === undefined) notices.push({ path, text: `${path}: its default ${kept} is gone, only the link is removed` });
      if (original === undefined) {
        if (present !== undefined) draft.unlink(path);
      } else if (present === undefined || original.fact.type !== 'directory') draft.rename(kept, path);
      else draft.replaceByDirectory(path, kept);
    } else if (original !== undefined) {
      setAside(draft, path, present.fact.type !== 'directory' && isSameFile(present, original), notices);
    }
    if (tree.at(innerOf(path))?.fact.type === 'symlink') draft.unlink(innerOf(path));
  });
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

/** Plans that directories go which were made for links and hold none any more, except those that `needed` links use. Every one in /.default has its twin in LINK_ROOT. */
export function prune(draft: Draft, needed: ReadonlySet<string>): void {
  const { tree } = draft;
  const visit = (path: string): void => {
    for (const name of tree.names(innerOf(path))) if (tree.at(innerOf(below(path, name)))?.fact.type === 'directory') visit(below(path, name));
    if (needed.has(path)) return;
    for (const place of [defaultOf(path), innerOf(path)]) {
      if (tree.at(place)?.fact.type === 'directory' && tree.names(place).length === 0 && physicalOf(tree, path) !== place) draft.rmdir(place);
    }
  };
  draft.operation('clean', DEFAULT_ROOT, 'directories that no link needs', () => {
    for (const name of tree.names(LINK_ROOT)) if (tree.at(innerOf(`/${name}`))?.fact.type === 'directory') visit(`/${name}`);
  });
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
