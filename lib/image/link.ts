import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { ancestorsOf, defaultOf, innerOf, innerText, leadsTo, NEXT, outerText } from './layout.ts';
import { isOurLink, locate } from './locate.ts';
import { setAside, type Findings } from './restore.ts';
import { isSameFile, type ImageTree, type TreeNode } from './tree.ts';

/** A row that has a link of its own: rows below it live behind that link. */
export const hasOwnLink = (row: PolicyRow): boolean => row.option.mechanism === 'link' && row.parent === undefined;

/** Plans that a path of the image is there, with the directories above it; what is made is added to `created`. */
export function createMissing(draft: Draft, path: string, type: PolicyRow['type'], created: Set<string>): void {
  if (path === '/' || locate(draft.tree, path).node !== undefined) return;
  createMissing(draft, posix.dirname(path), 'directory', created);
  const { physical } = locate(draft.tree, path);
  created.add(path);
  draft.operation('create', type === 'directory' ? `${path}/` : path, `empty ${type}, missing in the image`, () => {
    if (type === 'directory') draft.mkdir(physical, 0o755);
    else draft.create(physical, 0o644);
  });
}

/** Plans the two symlinks of a row and its default; nothing when they are as they should be. */
export function link(draft: Draft, row: PolicyRow, findings: Findings): void {
  const { real: path } = row;
  const { tree } = draft;
  const kept = defaultOf(path);
  const obstacle = obstacleTo(draft, path);
  if (obstacle !== undefined) {
    findings.problems.push(obstacle);
    return;
  }
  draft.operation('link', row.type === 'directory' ? `${path}/` : path, `default kept in ${kept}`, () => {
    makeParents(draft, path);
    placeInner(draft, path);
    const present = tree.at(path);
    if (isOurLink(path, present)) {
      noticeLeftover(tree, row, findings);
      return;
    }
    if (present !== undefined && present.fact.type !== 'directory') {
      const original = tree.at(kept);
      if (original !== undefined && !isSameFile(present, original)) setAside(draft, path, false, findings.notices);
      if (tree.at(kept) === undefined) draft.link(path, kept);
      draft.replaceBySymlink(path, outerText(path));
      return;
    }
    if (present === undefined) draft.symlink(path, outerText(path));
    else replaceDirectory(draft, path, findings);
  });
}

// --- internal ---

// A directory can only be moved and then replaced, and for that moment the path is missing. The link is made before, so that a full disk cannot make it last.
function replaceDirectory(draft: Draft, path: string, findings: Findings): void {
  const kept = defaultOf(path);
  const original = draft.tree.at(kept);
  draft.symlink(NEXT, outerText(path));
  if (original?.fact.type === 'directory' && draft.tree.names(path).length === 0) draft.rmdir(path);
  else {
    if (original !== undefined) setAside(draft, path, false, findings.notices);
    draft.rename(path, kept);
  }
  draft.rename(NEXT, path);
}

// dpkg updates no configuration file that is a symlink: it leaves the new version beside it and says nothing.
function noticeLeftover(tree: ImageTree, { real: path, type }: PolicyRow, { notices }: Findings): void {
  const left = `${path}.dpkg-new`;
  if (type !== 'file' || tree.at(left)?.fact.type !== 'file') return;
  notices.push({ path, text: `${path} has a newer version that dpkg left at ${left}: mv ${tree.rootimg}${left} ${tree.rootimg}${defaultOf(path)} takes it as the default, rm drops it` });
}

// What liteimg must not decide: two directories with content, another file system, something of others among our own links.
function obstacleTo(draft: Draft, path: string): StateliteError | undefined {
  const { tree } = draft;
  const present = tree.at(path);
  const original = tree.at(defaultOf(path));
  const inner = tree.at(innerOf(path));
  if (inner !== undefined && inner.fact.type !== 'symlink') {
    return new StateliteError('FILE_SYSTEM', `${innerOf(path)} in the image is a ${inner.fact.type}, and the link of ${path} belongs there`, { hint: `move ${tree.rootimg}${innerOf(path)} out of the way` });
  }
  if (present !== undefined && present.fact.device !== tree.root.fact.device) {
    return new StateliteError('FILE_SYSTEM', `${path} in the image is on another file system than ${tree.rootimg}`, { hint: `unmount ${tree.rootimg}${path}, or leave the path out of litefile` });
  }
  if (isFilled(draft, path, present) && isFilled(draft, defaultOf(path), original)) {
    return new StateliteError('FILE_SYSTEM', `${path} and ${defaultOf(path)} in the image are both directories with content: somebody replaced the link of ${path}`, {
      hint: `merge them by hand into ${tree.rootimg}${path} and move ${tree.rootimg}${defaultOf(path)} away`,
    });
  }
  return undefined;
}

const isFilled = (draft: Draft, path: string, node: TreeNode | undefined): boolean => node?.fact.type === 'directory' && draft.tree.names(path).length > 0;

// The directories above a path, in .default and beside the links, are as private as the image's own.
function makeParents(draft: Draft, path: string): void {
  for (const above of ancestorsOf(path)) {
    const twin = draft.tree.at(above);
    if (twin === undefined) throw new Error(`${above} is missing`);
    for (const place of [innerOf(above), defaultOf(above)]) {
      const { mode, uid, gid } = twin.fact;
      const made = draft.tree.at(place)?.fact;
      if (made === undefined) draft.mkdir(place, mode, { uid, gid });
      else {
        const isOwned = made.uid === uid && made.gid === gid;
        if (!isOwned) draft.owner(place, { uid, gid });
        if (!isOwned || made.mode !== mode) draft.mode(place, mode);
      }
    }
  }
}

function placeInner(draft: Draft, path: string): void {
  const target = draft.tree.at(innerOf(path))?.target;
  if (target === undefined) draft.symlink(innerOf(path), innerText(path));
  else if (!leadsTo(innerOf(path), target, defaultOf(path))) draft.replaceBySymlink(innerOf(path), innerText(path));
}
