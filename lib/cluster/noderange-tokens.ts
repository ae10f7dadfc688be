import { StateliteError, type ErrorCode } from '../errors.ts';

export type Operator = '==' | '!=' | '=~' | '!~';

/** One word of a noderange; `at` is its offset in the text. */
export type Token =
  | { readonly kind: ',' | '@' | '-' | '(' | ')' | 'end'; readonly at: number }
  | { readonly kind: 'name' | 'regex' | 'file'; readonly text: string; readonly at: number }
  | { readonly kind: 'select'; readonly column: string; readonly operator: Operator; readonly value: string; readonly at: number };

/** A noderange that cannot be used, with a line that points at the place. */
export const pointedError = (code: ErrorCode, text: string, at: number, reason: string): StateliteError => {
  const start = Math.max(0, at - 60);
  return new StateliteError(code, `noderange: ${reason}\n  ${text.slice(start, at + 60).replace(/\s/g, ' ')}\n  ${' '.repeat(at - start)}^`, {
    hint: 'examples: n[01-20], compute,-rack2, compute@rack1, nodetype.os==debian12, /n\\d+, ^/path/to/list',
  });
};

/** A noderange that cannot be read. */
export const syntaxError = (text: string, at: number, reason: string): StateliteError => pointedError('NODERANGE_SYNTAX', text, at, reason);

/**
 * Splits a noderange. Commas and parentheses inside `[…]` belong to a name; a regex and a value after `=~` also keep those inside
 * `{…}`, `(…)` and after `\`; a value in quotes keeps everything. Quotes elsewhere are dropped. Throws NODERANGE_SYNTAX.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const fail = (where: number, reason: string): never => { throw syntaxError(text, where, reason); };

  const take = (stops: string, keepTogether: string): string => {
    const start = at;
    const open: string[] = [];
    for (; at < text.length; at += 1) {
      const letter = text.charAt(at);
      const inClass = open.at(-1) === ']';
      if (letter === '\\' && keepTogether === REGEX_BRACKETS) at += 1;
      else if (open.length > 0 && letter === open.at(-1)) open.pop();
      else if (keepTogether.includes(letter) && !inClass) open.push(CLOSING.get(letter) ?? '');
      else if (open.length === 0 && stops.includes(letter)) break;
    }
    if (open.length > 0) fail(start, `a ${open.at(-1) ?? ''} is missing in ${text.slice(start)}`);
    return text.slice(start, at);
  };

  const value = (operator: Operator): string => {
    const quote = text.charAt(at);
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, at + 1);
      if (end < 0) fail(at, `a ${quote} is missing`);
      const quoted = text.slice(at + 1, end);
      at = end + 1;
      return quoted;
    }
    return take(WORD_STOPS, operator.endsWith('~') ? REGEX_BRACKETS : '').trim();
  };

  while (at < text.length) {
    const letter = text.charAt(at);
    const start = at;
    if (/[\s"']/.test(letter)) at += 1;
    else if (letter === ',' || letter === '@' || letter === '(' || letter === ')' || (letter === '-' && startsTerm(tokens))) {
      tokens.push({ kind: letter, at: at++ });
    } else if (letter === '/') {
      at += 1;
      const pattern = unquote(take(WORD_STOPS, REGEX_BRACKETS));
      if (pattern === '') fail(start, 'a pattern was wanted after /');
      tokens.push({ kind: 'regex', text: pattern, at: start });
    } else if (letter === '^') {
      at += 1;
      const path = unquote(take(`${WORD_STOPS} \t\n`, ''));
      if (path === '') fail(start, 'the path of a file was wanted after ^');
      tokens.push({ kind: 'file', text: path, at: start });
    } else {
      const name = unquote(take(`${WORD_STOPS}(=! \t\n`, NAME_BRACKETS));
      const operator = /^(?:[=!][=~]|=)/.exec(text.slice(at, at + 2))?.[0];
      if (operator === undefined) {
        if (text[at] === '!') fail(at, `after ${name} one of == != =~ !~ was wanted`);
        tokens.push({ kind: 'name', text: name, at: start });
      } else {
        if (name === '') fail(start, `a column was wanted before ${operator}`);
        at += operator.length;
        const meant = (operator === '=' ? '==' : operator) as Operator;
        tokens.push({ kind: 'select', column: name, operator: meant, value: value(meant), at: start });
      }
    }
  }
  return [...tokens, { kind: 'end', at: text.length }];
}

// --- internal ---

const WORD_STOPS = ',@)';
const NAME_BRACKETS = '[';
const REGEX_BRACKETS = '[({';
const CLOSING: ReadonlyMap<string, string> = new Map([['[', ']'], ['(', ')'], ['{', '}']]);

const unquote = (text: string): string => text.replace(/["']/g, '').trim();

/** A `-` excludes only where a term may begin; elsewhere it is part of a name. */
function startsTerm(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  return last === undefined || last.kind === ',' || last.kind === '(' || last.kind === '@' || last.kind === '-';
}
