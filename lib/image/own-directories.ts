import { StateliteError } from '../errors.ts';
import type { Draft } from './draft.ts';
import { DEFAULT_ROOT, HALF_WRITTEN, LINK_ROOT, NEXT, STATE_ROOT, STATE_ROOT_IN_MAKING } from './layout.ts';
import { removeWayBack, type Findings } from './restore.ts';
import type { ImageTree } from './tree.ts';

/** Directories of an image that are statelite's own, outermost first. */
export const OWN_DIRECTORIES: readonly string[] = [STATE_ROOT, LINK_ROOT, DEFAULT_ROOT];

export const JOURNAL_NAME = 'journal.json';
export const MANIFEST_NAME = 'manifest.json';

/** What stands where statelite's own directories belong. */
export function ownDirectoryProblems(tree: ImageTree): StateliteError[] {
  return [...OWN_DIRECTORIES, STATE_ROOT_IN_MAKING].flatMap((path) => {
    const type = tree.at(path)?.fact.type;
    if (type === undefined || type === 'directory') return [];
    return [new StateliteError('FILE_SYSTEM', `${tree.rootimg}${path} is a ${type}, and a directory of statelite belongs there`, { hint: 'move it out of the way' })];
  });
}

/** Plans that what a stopped run left half written goes. */
export function sweep(draft: Draft): void {
  const { tree } = draft;
  draft.operation('clean', STATE_ROOT, 'left by a run that was stopped', () => {
    for (const directory of [STATE_ROOT, STATE_ROOT_IN_MAKING]) {
      for (const name of tree.names(directory)) if (HALF_WRITTEN.test(name)) draft.unlink(`${directory}/${name}`);
    }
    if (tree.at(NEXT) !== undefined) draft.unlink(NEXT);
    removeWayBack(draft);
    for (const name of [JOURNAL_NAME, MANIFEST_NAME]) if (tree.at(`${STATE_ROOT_IN_MAKING}/${name}`) !== undefined) draft.unlink(`${STATE_ROOT_IN_MAKING}/${name}`);
    if (tree.at(STATE_ROOT_IN_MAKING) !== undefined) draft.rmdir(STATE_ROOT_IN_MAKING);
  });
}

/** Plans statelite's own directories; the one that holds the journal appears with the journal in it. */
export function makeOwnDirectories(draft: Draft, created: Set<string>): void {
  draft.operation('prepare', STATE_ROOT, 'directories of statelite', () => {
    for (const path of OWN_DIRECTORIES) {
      if (draft.tree.at(path) !== undefined) continue;
      created.add(path);
      if (path === STATE_ROOT) {
        draft.mkdir(STATE_ROOT_IN_MAKING, 0o755);
        draft.record(`${STATE_ROOT_IN_MAKING}/${JOURNAL_NAME}`, 'journal');
        draft.rename(STATE_ROOT_IN_MAKING, STATE_ROOT);
      } else draft.mkdir(path, 0o755);
    }
  });
}

/** Plans, as the last of an undo, that what liteimg made for itself goes: the journal with its directory, so that it is there to the end. */
export function removeOwnDirectories(draft: Draft, created: ReadonlySet<string>, { notices }: Findings): void {
  const { tree } = draft;
  for (const path of [LINK_ROOT, DEFAULT_ROOT]) {
    if (tree.at(path) === undefined) continue;
    if (tree.names(path).length > 0) notices.push({ path, text: `${path} stays, as there is more in it: ${filesIn(tree, path).slice(0, 5).join(' ')}` });
    else if (created.has(path)) draft.rmdir(path);
  }
  const records = [MANIFEST_NAME, JOURNAL_NAME].filter((name) => tree.at(`${STATE_ROOT}/${name}`) !== undefined);
  if (!created.has(STATE_ROOT) || tree.names(STATE_ROOT).length > records.length) {
    for (const name of records) draft.unlink(`${STATE_ROOT}/${name}`);
    return;
  }
  draft.rename(STATE_ROOT, STATE_ROOT_IN_MAKING);
  for (const name of records) draft.unlink(`${STATE_ROOT_IN_MAKING}/${name}`);
  draft.rmdir(STATE_ROOT_IN_MAKING);
}

// --- internal ---

const filesIn = (tree: ImageTree, directory: string): readonly string[] =>
  tree.names(directory).map((name) => `${directory}/${name}`).flatMap((path) => (tree.names(path).length === 0 ? [path] : filesIn(tree, path)));
