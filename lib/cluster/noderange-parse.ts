import { syntaxError, tokenize, type Token } from './noderange-tokens.ts';

/** A term that stands for a set of nodes. */
export type Term =
  | Extract<Token, { kind: 'name' | 'regex' | 'file' | 'select' }>
  | { readonly kind: 'range'; readonly range: Noderange; readonly at: number };

/** `a@b` after a comma: what is in all its terms is added, excluded at the end, or (`@b`) all that is left of it restricted to it. */
export interface Step {
  readonly role: 'add' | 'exclude' | 'restrict';
  readonly terms: readonly Term[];
}

/** A noderange, read: its steps from left to right. */
export interface Noderange {
  readonly steps: readonly Step[];
}

/**
 * Reads a noderange: `range := step (',' step)*`, `step := ['-' | '@'] term ('@' term)*`, `term := name | /regex | ^file | column op value | '(' range ')'`.
 * Empty steps are left out. Throws NODERANGE_SYNTAX pointing at the column.
 */
export function parseNoderange(text: string): Noderange {
  const tokens = tokenize(text);
  let next = 0;
  const peek = (): Token => tokens[next] ?? { kind: 'end', at: text.length };
  const accept = (kind: Token['kind']): boolean => {
    if (peek().kind !== kind) return false;
    next += 1;
    return true;
  };

  const range = (): Noderange => {
    const steps: Step[] = [];
    for (;;) {
      const { kind } = peek();
      if (kind === 'end' || kind === ')') return { steps };
      if (!accept(',')) {
        steps.push(step());
        if (!END_OF_STEP.has(peek().kind)) throw syntaxError(text, peek().at, 'a comma was wanted here');
      }
    }
  };
  const step = (): Step => {
    const role = accept('-') ? 'exclude' : accept('@') ? 'restrict' : 'add';
    const terms = [term()];
    while (accept('@')) terms.push(term());
    return { role, terms };
  };
  const term = (): Term => {
    const token = peek();
    next += 1;
    if (token.kind === '(') {
      const inner = range();
      if (!accept(')')) throw syntaxError(text, token.at, 'this ( is never closed');
      return { kind: 'range', range: inner, at: token.at };
    }
    if (token.kind === 'name' || token.kind === 'regex' || token.kind === 'file' || token.kind === 'select') return token;
    if (token.kind === '-') throw syntaxError(text, token.at, 'a - excludes only after a comma: write a,-b');
    throw syntaxError(text, token.at, 'a node, a group, /regex, ^file, column==value or ( was wanted here');
  };

  const read = range();
  if (peek().kind === ')') throw syntaxError(text, peek().at, 'this ) was never opened');
  return read;
}

// --- internal ---

const END_OF_STEP: ReadonlySet<Token['kind']> = new Set([',', ')', 'end']);
