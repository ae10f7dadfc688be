import { join } from 'node:path';
import { StateliteError } from '../lib/errors.ts';
import type { Files } from '../lib/system/files.ts';

/** A line of an exlist: what is left out of an image, or with `keep` stays in after all. */
export interface ExcludeRule {
  readonly keep: boolean;
  /** Matched against `./path` inside the tree; `*` stands for anything, slashes too, as for find(1). */
  readonly pattern: RegExp;
}

/** Rules of an exlist: `./usr/share/man*` or `-./…` leaves out, `+./…` keeps, `#INCLUDE:file#` reads another. Throws IMAGE_MISSING or USAGE. */
export function readExcludeList(path: string, read: (path: string) => string | undefined, above: readonly string[] = []): readonly ExcludeRule[] {
  const text = read(path);
  if (text === undefined) throw new StateliteError('IMAGE_MISSING', `there is no exclude list ${path}`);
  if (above.includes(path)) throw new StateliteError('USAGE', `exclude list ${path} includes itself`);
  return text.split('\n').flatMap((line, index) => {
    const include = /^#INCLUDE:(.+)#\s*$/.exec(line.trim())?.[1];
    if (include !== undefined) return readExcludeList(include.startsWith('/') ? include : `${path.replace(/[^/]*$/, '')}${include}`, read, [...above, path]);
    const word = line.replace(/#.*/, '').trim();
    if (word === '') return [];
    const [, sign, glob] = /^([+-]?)\.?(\/\S+)$/.exec(word) ?? [];
    if (glob === undefined || glob.split('/').includes('..')) throw new StateliteError('USAGE', `${path} line ${index + 1}: "${word}" is no path like ./usr/share/man*`);
    return [{ keep: sign === '+', pattern: patternOf(glob) }];
  });
}

/** Takes what the rules leave out from a tree; symlinks are never followed. Returns how many files and directories went. */
export function excludeFrom(files: Files, root: string, rules: readonly ExcludeRule[]): number {
  if (rules.length === 0) return 0;
  const matches = (path: string, keep: boolean): boolean => rules.some((rule) => rule.keep === keep && rule.pattern.test(path));
  let removed = 0;
  const isEmptied = (path: string): boolean => {
    const place = join(root, path);
    const isOut = matches(path, false) && !matches(path, true);
    if (files.look(place)?.type !== 'directory') {
      if (isOut) files.removeFile(place);
      removed += Number(isOut);
      return isOut;
    }
    const isEmpty = files.list(place).map((name) => isEmptied(`${path}/${name}`)).every(Boolean);
    if (!isOut || !isEmpty) return false;
    files.removeEmptyDirectory(place);
    removed += 1;
    return true;
  };
  for (const name of files.list(root)) isEmptied(`/${name}`);
  return removed;
}

// --- internal ---

// What a pattern matches is out with all below it.
function patternOf(glob: string): RegExp {
  const text = glob.replace(/(?<=.)\/+$/, '').replaceAll(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${text}(?:/.*)?$`, 's');
}
