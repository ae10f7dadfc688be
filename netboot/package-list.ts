import { StateliteError } from '../lib/errors.ts';

/**
 * Package names of a pkglist: one a line, `#` starts a comment, `-name` takes a name out again, directories before a name (xCAT's
 * otherpkglists have them) do not count, `#INCLUDE:file#` reads another list
 * (relative to the including one). `read` gives a list's text, or undefined when there is none. Throws IMAGE_MISSING for a missing
 * include and USAGE for a loop or a name that is no package name, naming file and line.
 */
export function readPackageList(path: string, read: (path: string) => string | undefined): readonly string[] {
  const names = new Set<string>();
  collect(path, read, names, []);
  return [...names];
}

// --- internal ---

function collect(path: string, read: (path: string) => string | undefined, names: Set<string>, above: readonly string[]): void {
  if (above.includes(path)) throw new StateliteError('USAGE', `package list ${path} includes itself: ${[...above, path].join(' -> ')}`);
  const text = read(path);
  if (text === undefined) throw new StateliteError('IMAGE_MISSING', `there is no package list ${path}${above.length > 0 ? ` (included by ${above.at(-1) ?? ''})` : ''}`);
  text.split('\n').forEach((line, index) => {
    const include = /^#INCLUDE:(.+)#\s*$/.exec(line.trim())?.[1];
    if (include !== undefined) {
      collect(include.startsWith('/') ? include : `${path.replace(/[^/]*$/, '')}${include}`, read, names, [...above, path]);
      return;
    }
    const word = line.replace(/#.*/, '').trim();
    if (word === '') return;
    const [, minus, name] = /^(-?)(?:[A-Za-z0-9][\w.-]*\/)*([A-Za-z0-9@][A-Za-z0-9@+._:-]*)$/.exec(word) ?? [];
    if (name === undefined) throw new StateliteError('USAGE', `${path} line ${index + 1}: "${word}" is no package name`);
    if (minus === '-') names.delete(name);
    else names.add(name);
  });
}
