import type { Fail } from './arithmetic.ts';

/**
 * A pattern an admin wrote for Perl, as a regular expression: `\A \z \Z \h`, `[[:digit:]]` and a leading `(?i)` are put in JavaScript's
 * words; what has no counterpart is refused through `fail` rather than read as something else.
 */
export function perlPattern(pattern: string, fail: Fail): RegExp {
  const flags = pattern.startsWith('(?i)') ? 'i' : '';
  const source = (flags === '' ? pattern : pattern.slice(4)).replace(/\\(.)|\[:(\w+):\]/gs, (written, letter?: string, posix?: string) => {
    if (posix !== undefined) return POSIX_CLASSES.get(posix) ?? fail(`${written} is not supported in the pattern`);
    if (letter === undefined || !/[A-Za-z]/.test(letter) || SAME_ESCAPES.includes(letter)) return written;
    return PERL_ESCAPES.get(letter) ?? fail(`\\${letter} is not supported in the pattern`);
  });
  try {
    return new RegExp(source, flags);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

// --- internal ---

const SAME_ESCAPES = 'dDwWsSbBntrfx';
const PERL_ESCAPES: ReadonlyMap<string, string> = new Map([['A', '^'], ['z', '$'], ['Z', '$'], ['h', '[ \\t]']]);
const POSIX_CLASSES: ReadonlyMap<string, string> = new Map([
  ['digit', '0-9'], ['alpha', 'A-Za-z'], ['alnum', 'A-Za-z0-9'], ['lower', 'a-z'], ['upper', 'A-Z'], ['space', '\\s'], ['xdigit', '0-9A-Fa-f'],
]);
