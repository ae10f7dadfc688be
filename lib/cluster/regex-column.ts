import { StateliteError } from '../errors.ts';
import { compileArithmetic, type Expression, type Fail } from './arithmetic.ts';
import { perlPattern } from './perl-pattern.ts';

/** Where a cell stands, for messages. */
export interface Cell {
  readonly table: string;
  readonly column: string;
  /** Key of the row: a node or group name. */
  readonly row: string;
}

/** Makes the value of a node from its name. */
export type RegexRule = (node: string) => string;

/** True for a cell written `/pattern/replacement/`, `|pattern|replacement|` or `|replacement|`. */
export const isRegexColumn = (raw: string): boolean => /^(?:\/[^/]*\/[^/]*\/|\|.*\|)$/s.test(raw);

/**
 * Compiles a regex cell, applied to the node's name. Undefined when the cell is a plain value. `/pattern/replacement/` replaces the
 * first match; `|pattern|replacement|` also computes parenthesised integer arithmetic: `|\D+(\d+)|10.0.0.($1+0)|`; in `|replacement|`
 * `$1`, `$2` are the runs of digits of the name, leading zeros dropped. A pattern that does not match leaves the name as it is.
 * Throws REGEX_COLUMN_INVALID naming table, column and row, at once or when a node's name makes the arithmetic impossible.
 */
export function compileRegexColumn(raw: string, cell: Cell): RegexRule | undefined {
  if (!isRegexColumn(raw)) return undefined;
  const failFor = (node?: string): Fail => (reason) => {
    throw new StateliteError(
      'REGEX_COLUMN_INVALID',
      `${cell.table} row ${cell.row}, column ${cell.column}: ${raw} cannot be used${node === undefined ? '' : ` for ${node}`}: ${reason}`,
      { hint: `correct it: tabedit ${cell.table}` },
    );
  };
  const [mark = '', inner] = [raw[0], raw.slice(1, -1)];
  const bar = inner.indexOf(mark);
  if (bar >= 0) return compileRule(inner.slice(0, bar), inner.slice(bar + 1), mark === '|', failFor);

  if (inner === '') failFor()('there is neither a pattern nor a replacement');
  // What is wrong with it for any name is wrong at once.
  compileRule(patternFor(MOST_RUNS), inner, true, failFor);
  const byDigits = new Map<number, RegexRule>();
  return (node) => {
    const runs = node.match(/\d+/g)?.length ?? 0;
    let rule = byDigits.get(runs);
    if (rule === undefined) byDigits.set(runs, rule = compileRule(patternFor(runs), inner, true, failFor));
    return rule(node);
  };
}

// --- internal ---

/** As many as `$9` can name. */
const MOST_RUNS = 9;

/** A pattern with a group for each run of digits, leading zeros left out. */
const patternFor = (runs: number): string => `${'[\\D0]*(\\d+)'.repeat(runs)}.*$`;

function compileRule(pattern: string, replacement: string, computed: boolean, failFor: (node?: string) => Fail): RegexRule {
  const fail = failFor();
  if (pattern === '') fail('the pattern is empty');
  const expression = perlPattern(pattern, fail);
  const groups = (new RegExp(`${expression.source}|`).exec('')?.length ?? 1) - 1;
  const parts = splitReplacement(replacement, computed, groups, fail);
  return (node) => {
    const match = expression.exec(node);
    if (match === null) return node;
    const failNow = failFor(node);
    const made = parts.map((part) => typeof part === 'string' ? part : part(match, failNow)).join('');
    return node.slice(0, match.index) + made + node.slice(match.index + match[0].length);
  };
}

/** Text, `$1` and, when computed, the outermost parenthesised parts, in order. */
function splitReplacement(replacement: string, computed: boolean, groups: number, fail: Fail): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  for (let at = 0; at < replacement.length;) {
    const rest = replacement.slice(at);
    const reference = /^\$(?:\d+|\{\d+\})/.exec(rest)?.[0];
    if (reference !== undefined) {
      parts.push(compileArithmetic(reference, groups, fail));
      at += reference.length;
    } else if (computed && rest.startsWith('(')) {
      const end = closingParenthesis(rest);
      if (end === undefined) fail(`a ) is missing after ${rest}`);
      parts.push(compileArithmetic(rest.slice(1, end), groups, fail));
      at += end + 1;
    } else {
      const escaped = /^\\[$()\\/|]/.test(rest);
      parts.push(rest.charAt(escaped ? 1 : 0));
      at += escaped ? 2 : 1;
    }
  }
  return parts;
}

function closingParenthesis(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  return undefined;
}
