import { basename, join, posix } from 'node:path';
import { StateliteError } from '../lib/errors.ts';
import { readImageFile, writeImageFile } from '../lib/image/image-file.ts';
import type { Files } from '../lib/system/files.ts';

/** One line of a synclist: files of this machine and where they go in the image. */
export interface SyncRule {
  readonly sources: readonly string[];
  /** Absolute in the image; a directory when it ends in `/`. */
  readonly target: string;
  /** Added to what the image has, once. */
  readonly append: boolean;
}

/**
 * Rules of a synclist, as xCAT has them: `file … -> file or directory/`, `INCLUDE:` and `APPEND:` before such lines. Scripts (`EXECUTE:`), account files (`MERGE:`) and
 * lines for single nodes are not for an image. Throws IMAGE_MISSING or USAGE.
 */
export function readSyncList(path: string, read: (path: string) => string | undefined, above: readonly string[] = []): readonly SyncRule[] {
  const text = read(path);
  if (text === undefined) throw new StateliteError('IMAGE_MISSING', `there is no synclist ${path}`, { hint: 'osimage.synclists names it' });
  if (above.includes(path)) throw new StateliteError('USAGE', `synclist ${path} includes itself`);
  let clause = '';
  return text.split('\n').flatMap((line, index): readonly SyncRule[] => {
    const fail = (problem: string): never => { throw new StateliteError('USAGE', `${path} line ${index + 1}: ${problem}`); };
    const word = line.replace(/^\s*#.*/, '').trim();
    if (word === '') return [];
    if (/^[A-Z]+:$/.test(word)) {
      clause = word;
      return ['INCLUDE:', 'APPEND:'].includes(clause) ? [] : fail(REFUSED[clause] ?? `${clause} is not known`);
    }
    if (clause === 'INCLUDE:' && !word.includes('->')) return readSyncList(word, read, [...above, path]);
    const [, from = '', nodes, target = ''] = /^(.*?)\s*->\s*(?:\(([^)]*)\)\s*)?(\S+)$/.exec(word) ?? fail(`"${word}" is not like /file -> /file`);
    if (nodes !== undefined) return fail(`"(${nodes})" names nodes, and an image is for all of them; use a litetree directory`);
    const sources = from.split(/\s+/);
    for (const place of [...sources, target]) if (!place.startsWith('/') || place.split('/').includes('..')) fail(`${place} is no absolute path`);
    return [{ sources, append: clause === 'APPEND:', target: sources.length > 1 || sources.some((source) => source.includes('*')) ? target.replace(/\/*$/, '/') : target }];
  });
}

/** Copies the files; each must be there. Symlinks are resolved inside the image. Returns a line for each file. Throws IMAGE_MISSING. */
export function syncInto(files: Files, root: string, rules: readonly SyncRule[]): readonly string[] {
  return rules.flatMap(({ sources, target, append }) => sources.flatMap((source) => matching(files, source)).map((source) => {
    const fact = files.look(posix.normalize(source));
    if (fact?.type !== 'file') throw new StateliteError('IMAGE_MISSING', `a synclist names ${source}, wanted is a file`);
    const file = readImageFile(files, root, target.endsWith('/') ? join(target, basename(source)) : target, fact.mode & 0o7777);
    if (append) {
      const text = files.readText(source);
      if (file.text?.includes(text) !== true) writeImageFile(files, root, file, (file.text ?? '') + text);
    } else writeImageFile(files, root, { ...file, mode: fact.mode & 0o7777, uid: fact.uid, gid: fact.gid }, files.readBytes(source));
    return `synclist: ${source} -> ${file.path}`;
  }));
}

// --- internal ---

const REFUSED: Readonly<Record<string, string>> = {
  'EXECUTE:': 'EXECUTE: runs scripts on nodes; use linuximage.postinstall', 'EXECUTEALWAYS:': 'EXECUTEALWAYS: runs scripts on nodes; use linuximage.postinstall',
  'MERGE:': 'MERGE: is for account files; use add_passwd --from',
};

/** `*` in the last part stands for anything but a slash. */
function matching(files: Files, source: string): readonly string[] {
  if (!source.includes('*')) return [source];
  const directory = source.slice(0, source.lastIndexOf('/') + 1);
  const pattern = new RegExp(`^${basename(source).replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`);
  const names = files.exists(directory) ? files.list(directory).filter((name) => pattern.test(name) && files.look(join(directory, name))?.type === 'file') : [];
  if (names.length === 0) throw new StateliteError('IMAGE_MISSING', `a synclist names ${source}, and there is no such file`);
  return names.map((name) => join(directory, name));
}
