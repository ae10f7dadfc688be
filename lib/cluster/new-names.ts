import { namesOf } from './noderange-names.ts';
import { parseNoderange } from './noderange-parse.ts';
import { syntaxError } from './noderange-tokens.ts';

/** The names a list such as `n[01-16],login1` writes, whether they exist or not: for objects that are to be made. Throws NODERANGE_SYNTAX. */
export function newNames(text: string): readonly string[] {
  const names = parseNoderange(text).steps.flatMap(({ role, terms }) => {
    const [term, ...more] = terms;
    const fail = (reason: string): never => { throw syntaxError(text, term?.at ?? 0, reason); };
    if (term?.kind !== 'name' || role !== 'add' || more.length > 0) return fail('names for something new are wanted here');
    return namesOf(term.text, () => false, fail);
  });
  return [...new Set(names)];
}
