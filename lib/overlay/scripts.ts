import type { TarEntry } from './tar.ts';

/** Where init scripts lie in an overlay. */
export const SCRIPTS = '/statelite/init.d/';

/** Why a file cannot be an init script, or undefined. */
export function scriptProblem(name: string, { type, content }: TarEntry): string | undefined {
  if (!/^\d\d-[\w+-][\w.+-]*$/.test(name)) return `${name} is no name of an init script: wanted NN-name, two digits that give the order`;
  if (type !== 'file') return 'an init script must be a file';
  if (content.subarray(0, 2).toString('latin1') === '#!') return content.subarray(0, content.indexOf(0x0a)).includes(0x0d) ? 'its lines end with CR LF, which no shell takes' : undefined;
  return 'an init script begins with #! and the program that runs it';
}

/** A line of a /bin/sh script that only bash understands. */
export interface Bashism {
  readonly line: number;
  readonly what: string;
}

/** Finds what bash takes and other shells do not, in a script for /bin/sh; none in one that names its shell. */
export function bashismsOf(content: Buffer): readonly Bashism[] {
  const lines = content.toString('utf8').split('\n');
  if (!/^#! ?\/bin\/sh\b/.test(lines[0] ?? '')) return [];
  return lines.flatMap((line, index) => {
    const code = line.replace(/(^|\s)#.*$/, '');
    const found = BASHISMS.find(([pattern]) => pattern.test(code));
    return found === undefined ? [] : [{ line: index + 1, what: found[1] }];
  });
}

// --- internal ---

const BASHISMS: readonly (readonly [RegExp, string])[] = [
  [/(^|[\s;&|(])\[\s[^\]]*\s==\s/, '== in [ ], which other shells take for an error, so that the else branch runs'],
  [/(^|[\s;&|(])\[\[\s/, '[[ ]]'],
  [/^\s*function\s+\w+/, 'function'],
  [/(^|[\s;&|])source\s/, 'source'],
  [/<<</, '<<<'],
  [/&>/, '&>'],
  [/\$\{\w+(\[|\/|:\d|\^|,)/, '${…} with more than POSIX has'],
  [/(^|\s)\w+=\(/, 'an array'],
];
