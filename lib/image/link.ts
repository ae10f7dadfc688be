import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { defaultOf, innerOf, innerText, leadsTo, LINK_ROOT, outerText } from './layout.ts';
import { isOurLink, locate, originalOf } from './locate.ts';
import { setAside, type Findings } from './restore.ts';
import { isSameFile, type ImageTree } from './tree.ts';

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

/** Plans that every row with a link of its own has its two symlinks and its default; nothing for those that are as they should be. */
export function linkRows(draft: Draft, rows: readonly PolicyRow[], findings: Findings): void {
  const { tree } = draft;
  const possible = rows.filter((row) => {
    const obstacle = obstacleTo(draft, row.real);
    if (obstacle !== undefined) findings.problems.push(obstacle);
    return obstacle === undefined;
  });
  const isDirectory = ({ real }: PolicyRow): boolean => tree.at(real)?.fact.type === 'directory';
  const directories = possible.filter(isDirectory);
  const parents = new Set<string>();
  const hasDpkg = locate(tree, '/var/lib/dpkg').node !== undefined;
  for (const row of possible) {
    if (isDirectory(row)) continue;
    draft.operation('link', spelled(row), `default kept in ${defaultOf(row.real)}`, () => linkFile(draft, row, parents, findings));
    if (hasDpkg) noticeLeftover(tree, row, findings);
  }
  draft.operation('prepare', LINK_ROOT, 'the links of directories', () => { for (const { real } of directories) prepareDirectory(draft, real, parents, findings); });
  for (const row of directories) draft.operation('link', spelled(row), `default kept in ${defaultOf(row.real)}`, () => draft.exchange(defaultOf(row.real), row.real));
}

// --- internal ---

const spelled = ({ real, type }: PolicyRow): string => (type === 'directory' ? `${real}/` : real);

// A file gets another name first, then the symlink takes its own: it is never missing.
function linkFile(draft: Draft, row: PolicyRow, parents: Set<string>, findings: Findings): void {
  const { tree } = draft;
  const { real: path } = row;
  const kept = defaultOf(path);
  makeParents(draft, path, parents);
  placeInner(draft, path);
  const present = tree.at(path);
  if (present === undefined) draft.symlink(path, outerText(path));
  else if (!isOurLink(path, present)) {
    const waiting = tree.at(kept);
    const original = isOurLink(path, waiting) ? undefined : waiting;
    if (original === undefined && waiting !== undefined) draft.unlink(kept);
    if (original !== undefined && !isSameFile(present, original)) setAside(draft, path, false, findings.notices);
    if (original === undefined || tree.at(kept) === undefined) draft.link(path, kept);
    draft.replaceBySymlink(path, outerText(path));
  }
}

// The symlink of a directory waits where the directory is to go, so that the two can change places in one step.
function prepareDirectory(draft: Draft, path: string, parents: Set<string>, findings: Findings): void {
  const { tree } = draft;
  const kept = defaultOf(path);
  makeParents(draft, path, parents);
  placeInner(draft, path);
  const original = originalOf(tree, path);
  if (original?.fact.type === 'directory' && tree.names(path).length === 0) {
    draft.rename(kept, path); // an empty directory that somebody made where the link was gives way
  } else if (original !== undefined) setAside(draft, path, false, findings.notices);
  if (tree.at(kept) === undefined) draft.symlink(kept, outerText(path));
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
  const original = originalOf(tree, path);
  const inner = tree.at(innerOf(path));
  if (inner !== undefined && inner.fact.type !== 'symlink') {
    return new StateliteError('FILE_SYSTEM', `${innerOf(path)} in the image is a ${inner.fact.type}, and the link of ${path} belongs there`, { hint: `move ${tree.rootimg}${innerOf(path)} out of the way` });
  }
  if (present !== undefined && present.fact.device !== tree.root.fact.device) {
    return new StateliteError('FILE_SYSTEM', `${path} in the image is on another file system than ${tree.rootimg}`, { hint: `unmount ${tree.rootimg}${path}, or leave the path out of litefile` });
  }
  const areDirectories = present?.fact.type === 'directory' && original?.fact.type === 'directory';
  if (areDirectories && tree.names(path).length > 0 && tree.names(defaultOf(path)).length > 0) {
    return new StateliteError('FILE_SYSTEM', `${path} and ${defaultOf(path)} in the image are both directories with content: somebody replaced the link of ${path}`, {
      hint: `merge them by hand into ${tree.rootimg}${path} and move ${tree.rootimg}${defaultOf(path)} away`,
    });
  }
  return undefined;
}

// The directories above a path, in .default and beside the links, are as private as the image's own; `made` are those already seen to.
function makeParents(draft: Draft, path: string, made: Set<string>): void {
  const above = path.slice(0, path.lastIndexOf('/'));
  if (above === '' || made.has(above)) return;
  makeParents(draft, above, made);
  made.add(above);
  const twin = draft.tree.at(above);
  if (twin === undefined) throw new Error(`${above} is missing`);
  const { mode, uid, gid } = twin.fact;
  for (const place of [innerOf(above), defaultOf(above)]) {
    const there = draft.tree.at(place)?.fact;
    if (there === undefined) draft.mkdir(place, mode, { uid, gid });
    else {
      const isOwned = there.uid === uid && there.gid === gid;
      if (!isOwned) draft.owner(place, { uid, gid });
      if (!isOwned || there.mode !== mode) draft.mode(place, mode);
    }
  }
}

function placeInner(draft: Draft, path: string): void {
  const [inner, wanted] = [innerOf(path), innerText(path)];
  const target = draft.tree.at(inner)?.target;
  if (target === undefined) draft.symlink(inner, wanted);
  else if (target !== wanted && !leadsTo(inner, target, defaultOf(path))) draft.replaceBySymlink(inner, wanted);
}
