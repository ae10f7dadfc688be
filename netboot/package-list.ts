import { StateliteError } from '../lib/errors.ts';

/** What a pkglist says. A name with `@` in front is a group of packages, where the family has such. */
export interface PackageList {
  readonly names: readonly string[];
  /** Taken out with a minus and not named again: not wanted as a member of a group either. */
  readonly removed: readonly string[];
}

/**
 * Reads a pkglist: one name a line, `#` starts a comment, `-name` and `-@group` take a name out again, directories before a name (xCAT's
 * otherpkglists have them) do not count, `#INCLUDE:file#` reads another list
 * (relative to the including one). `read` gives a list's text, or undefined when there is none. Throws IMAGE_MISSING for a missing
 * include and USAGE for a loop or a name that is no package name, naming file and line.
 */
export function readPackageList(path: string, read: (path: string) => string | undefined): PackageList {
  const names = new Set<string>();
  const removed = new Set<string>();
  collect(path, read, { names, removed }, []);
  return { names: [...names], removed: [...removed] };
}

// --- internal ---

type Found = Readonly<Record<keyof PackageList, Set<string>>>;

function collect(path: string, read: (path: string) => string | undefined, found: Found, above: readonly string[]): void {
  if (above.includes(path)) throw new StateliteError('USAGE', `package list ${path} includes itself: ${[...above, path].join(' -> ')}`);
  const text = read(path);
  if (text === undefined) throw new StateliteError('IMAGE_MISSING', `there is no package list ${path}${above.length > 0 ? ` (included by ${above.at(-1) ?? ''})` : ''}`);
  text.split('\n').forEach((line, index) => {
    const include = /^#INCLUDE:(.+)#\s*$/.exec(line.trim())?.[1];
    if (include !== undefined) {
      collect(include.startsWith('/') ? include : `${path.replace(/[^/]*$/, '')}${include}`, read, found, [...above, path]);
      return;
    }
    const word = line.replace(/#.*/, '').trim();
    if (word === '') return;
    const [, minus, name] = /^(-?)(@\^?[A-Za-z0-9][A-Za-z0-9 .()_-]*)$/.exec(word) ?? /^(-?)(?:[A-Za-z0-9][\w.-]*\/)*([A-Za-z0-9][A-Za-z0-9@+._:-]*)$/.exec(word) ?? [];
    if (name === undefined) throw new StateliteError('USAGE', `${path} line ${index + 1}: "${word}" is no package name`);
    const [from, to] = minus === '-' ? [found.names, found.removed] : [found.removed, found.names];
    from.delete(name);
    to.add(name);
  });
}
