import { throwProblems } from '../errors.ts';
import type { Notice, Policy } from '../policy/policy.ts';
import { Draft } from './draft.ts';
import { STATE_ROOT } from './layout.ts';
import { createMissing, hasOwnLink, linkRows } from './link.ts';
import { locate } from './locate.ts';
import { createdPaths, recordText, type DirectoryTime, type Journal, type Manifest, type Past } from './manifest.ts';
import { placesToMount } from './mount-points.ts';
import type { Operation } from './operations.ts';
import { JOURNAL_NAME, makeOwnDirectories, MANIFEST_NAME, OWN_DIRECTORIES, ownDirectoryProblems, removeOwnDirectories, sweep } from './own-directories.ts';
import { linkedPaths, removeCreated, restoreAll, type Findings } from './restore.ts';
import { installScript, removeScript, scriptProblems, type ShippedScript } from './script.ts';
import { lookAgain, originalTimes, restoreTimes } from './times.ts';
import type { ImageTree } from './tree.ts';

/** What it takes to bring a tree to its policy. */
export interface Comparison {
  /** In the order they are applied; empty when there is nothing to do. */
  readonly operations: readonly Operation[];
  readonly journal: Journal;
  /** Unset when the tree is to be as if liteimg had never run. */
  readonly manifest?: Manifest;
  readonly notices: readonly Notice[];
}

/** What a tree is to be: what a policy says, or its original self. */
export interface Wanted {
  readonly policy: Policy | 'original';
  /** What runs on nodes. */
  readonly scripts: readonly ShippedScript[];
  /** Directories that must be there to be mounted on. */
  readonly mounts?: readonly string[];
}

/**
 * Compares a tree, and what earlier runs left to know of it, with what it is to be. Reads the tree only, changes nothing. A run that was
 * stopped anywhere is finished by what this finds the next time. Throws all that liteimg must not decide at once: FILE_SYSTEM.
 */
export function compareImage(tree: ImageTree, { policy, scripts, mounts = [] }: Wanted, past: Past): Comparison {
  const rows = policy === 'original' ? [] : policy.rows;
  const before = createdPaths(past);
  const placed = scripts.map((script) => ({ script, path: locate(tree, script.path, before).real }));
  const mountPoints = policy === 'original' ? [] : placesToMount(tree, mounts, rows, before).map(({ real }) => real);
  throwProblems([...ownDirectoryProblems(tree), ...(policy === 'original' ? [] : scripts.flatMap((script) => scriptProblems(tree, script, rows, before)))], 'problems in the image, nothing was changed');
  const draft = new Draft(tree);
  const findings: Findings = { notices: [], problems: [] };
  const linked = new Set(rows.filter(hasOwnLink).map((row) => row.real));
  const parents = directoriesAbove(linked);

  lookAgain(tree, past.journal);
  sweep(draft);
  const made = new Set(before);
  if (policy !== 'original') makeOwnDirectories(draft, made);
  restoreAll(draft, linkedPaths(tree, past.manifest).filter((path) => !linked.has(path)), parents, findings);
  if (policy === 'original') for (const { script, path } of placed) removeScript(draft, path, script, before);
  const created = removeCreated(draft, made, neededPaths(policy, placed.map(({ path }) => path), mountPoints), findings);
  if (policy !== 'original') {
    for (const row of rows) createMissing(draft, row.real, row.type, created);
    for (const path of mountPoints) createMissing(draft, path, 'directory', created);
    linkRows(draft, rows.filter(hasOwnLink), findings);
    for (const { script, path } of placed) installScript(draft, path, script, created);
  }
  throwProblems(findings.problems, 'problems in the image, nothing was changed');

  const manifest = policy === 'original' ? undefined : manifestOf(policy, created);
  const journal = manifest === undefined ? forget(draft, past, parents, created, findings) : remember(draft, past, parents, manifest);
  return {
    operations: draft.operations, notices: findings.notices, ...(manifest === undefined ? {} : { manifest }),
    journal: { version: 1, created: [...new Set([...before, ...created])].sort(), directories: journal },
  };
}

// --- internal ---

const JOURNAL_PATH = `${STATE_ROOT}/${JOURNAL_NAME}`;
const MANIFEST_PATH = `${STATE_ROOT}/${MANIFEST_NAME}`;

function neededPaths(policy: Wanted['policy'], scripts: readonly string[], mountPoints: readonly string[]): ReadonlyMap<string, 'file' | 'directory'> {
  const needed = new Map<string, 'file' | 'directory'>(OWN_DIRECTORIES.map((path) => [path, 'directory']));
  if (policy === 'original') return needed;
  for (const { real, type } of policy.rows) needed.set(real, type);
  for (const script of scripts) needed.set(script, 'file');
  for (const path of mountPoints) needed.set(path, 'directory');
  for (const path of directoriesAbove(needed.keys())) needed.set(path, 'directory');
  return needed;
}

// All directories above paths, the root not among them.
function directoriesAbove(paths: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end);
      if (found.has(above)) break;
      found.add(above);
    }
  }
  return found;
}

const manifestOf = (policy: Policy, created: ReadonlySet<string>): Manifest => ({ version: 1, image: policy.image, rows: policy.rows, created: [...created].sort() });

// The last operation of a run: times, the manifest, and the journal goes. The first writes the journal, unless its directory came with it. Gives the times to note down.
function remember(draft: Draft, past: Past, parents: ReadonlySet<string>, manifest: Manifest): readonly DirectoryTime[] {
  const isJournaled = draft.operations.length > 0 || past.journal !== undefined;
  if (isJournaled) beginJournal(draft);
  const times = isJournaled ? originalTimes(draft.tree, past.journal) : [];
  draft.operation('record', STATE_ROOT, 'what was done', () => {
    if (isJournaled) restoreTimes(draft, parents, times, past.journal !== undefined);
    if (isJournaled || past.manifestText !== recordText(manifest)) draft.record(MANIFEST_PATH, 'manifest');
    if (isJournaled) draft.unlink(JOURNAL_PATH);
  });
  return times;
}

// The same for an undo: at its end nothing of liteimg is left.
function forget(draft: Draft, past: Past, parents: ReadonlySet<string>, created: ReadonlySet<string>, findings: Findings): readonly DirectoryTime[] {
  const { tree } = draft;
  if (tree.at(STATE_ROOT) === undefined || (draft.operations.length === 0 && past.journal === undefined && past.manifest === undefined)) return [];
  beginJournal(draft);
  tree.root.changed = true;
  const times = originalTimes(tree, past.journal);
  draft.operation('record', STATE_ROOT, 'liteimg forgets this image', () => {
    restoreTimes(draft, parents, times, past.journal !== undefined);
    removeOwnDirectories(draft, created, findings);
    const root = times.find(({ inode }) => inode === String(tree.root.fact.inode));
    if (root !== undefined) draft.mtime('/', root.mtimeNs);
  });
  return times;
}

// The journal is written before all else, unless its directory is made with it in it.
function beginJournal(draft: Draft): void {
  if (draft.tree.at(JOURNAL_PATH)?.source === undefined && draft.tree.at(JOURNAL_PATH) !== undefined) return;
  draft.operation('prepare', STATE_ROOT, 'what must not be forgotten', () => draft.record(JOURNAL_PATH, 'journal'));
  const last = draft.operations.pop();
  if (last !== undefined) draft.operations.unshift(last);
}
