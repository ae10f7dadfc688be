import { StateliteError } from '../errors.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Files } from '../system/files.ts';
import { STATE_ROOT, STATE_ROOT_IN_MAKING } from './layout.ts';

/** What liteimg did to a tree: kept at rootimg/.statelite/manifest.json, read by nodeset, statelited and the next liteimg. */
export interface Manifest {
  readonly version: 1;
  readonly image: string;
  /** The policy the tree was made for; a node's plan is compiled from these rows. */
  readonly rows: readonly PolicyRow[];
  /** Paths (in the tree, without trailing slash) that liteimg made because they were missing: removed again by undo. */
  readonly created: readonly string[];
}

/** What a run that was stopped must not forget, as the tree cannot show it: kept at rootimg/.statelite/journal.json from before the first change to after the last. */
export interface Journal {
  readonly version: 1;
  /** Paths this run or an earlier one made or was about to make. */
  readonly created: readonly string[];
  /** Every directory in which names change, as it was before. */
  readonly directories: readonly DirectoryTime[];
}

export interface DirectoryTime {
  /** The path in the original image. */
  readonly path: string;
  /** Tells the directory from another one that took its path since. */
  readonly inode: string;
  /** Nanoseconds since the epoch. */
  readonly mtimeNs: string;
}

/** What earlier runs left to know. */
export interface Past {
  readonly manifest?: Manifest;
  /** The manifest as it was written. */
  readonly manifestText?: string;
  /** Set when the last run was stopped. */
  readonly journal?: Journal;
}

export const MANIFEST = '.statelite/manifest.json';
export const JOURNAL = '.statelite/journal.json';

/** The manifest of a prepared image, or undefined when liteimg never ran (or `--undo` did). */
export const readManifest = (files: Files, rootimg: string): Manifest | undefined => readPast(files, rootimg).manifest;

/** The manifest of an image that nodes are to boot. Throws IMAGE_NOT_LITED when liteimg never ran, or was stopped before it was done. */
export function requireManifest(files: Files, rootimg: string, image: string): Manifest {
  const { manifest, journal } = readPast(files, rootimg);
  if (manifest !== undefined && journal === undefined) return manifest;
  throw new StateliteError('IMAGE_NOT_LITED', journal === undefined ? `liteimg has not prepared ${rootimg}` : `liteimg was stopped while it prepared ${rootimg}, or is at work now`, {
    hint: `liteimg ${image}`,
  });
}

/** What earlier runs of liteimg left in a tree. */
export function readPast(files: Files, rootimg: string): Past {
  const manifest = readRecord(files, rootimg, STATE_ROOT, 'manifest.json');
  const journal = readRecord(files, rootimg, STATE_ROOT, 'journal.json') ?? readRecord(files, rootimg, STATE_ROOT_IN_MAKING, 'journal.json');
  return { ...(manifest === undefined ? {} : { manifest: manifest.record as Manifest, manifestText: manifest.text }), ...(journal === undefined ? {} : { journal: journal.record as Journal }) };
}

/** Paths that earlier runs of liteimg made because they were missing, a stopped one included. */
export const createdPaths = ({ manifest, journal }: Past): ReadonlySet<string> => new Set([...(manifest?.created ?? []), ...(journal?.created ?? [])]);

/** A manifest or journal as it is written. */
export const recordText = (record: Manifest | Journal): string => `${JSON.stringify(record, null, 1)}\n`;

// --- internal ---

// Read only when directory and file are what they should be: an image's symlink is never followed.
function readRecord(files: Files, rootimg: string, directory: string, name: string): { readonly record: unknown; readonly text: string } | undefined {
  const path = `${rootimg}${directory}/${name}`;
  if (files.look(`${rootimg}${directory}`)?.type !== 'directory' || files.look(path)?.type !== 'file') return undefined;
  try {
    const text = files.readText(path);
    const record = JSON.parse(text) as { readonly version?: unknown };
    if (record.version === 1) return { record, text };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new StateliteError('FILE_SYSTEM', `${path} is not what liteimg wrote`, { hint: 'restore it from a backup; without it liteimg cannot know which files it made' });
}
