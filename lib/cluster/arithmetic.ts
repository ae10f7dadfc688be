import { FUNCTIONS, integer, type Value } from './arithmetic-functions.ts';

/** Says what is wrong with an expression; never returns. */
export type Fail = (reason: string) => never;

/** A parenthesised part of a replacement, ready to be computed: `captures[0]` is the whole match, `captures[1]` is `$1`. */
export type Expression = (captures: readonly string[], fail: Fail) => string;

/**
 * Compiles integer arithmetic: numbers, `$1`, `+ - * / %`, unary minus, parentheses, and xCAT's functions, which also take 'text'. Division
 * truncates and `%` takes the sign of its left side, as Perl's `use integer` has it; a lone `$1` stays text, so it keeps leading zeros.
 * No code is ever evaluated.
 */
export function compileArithmetic(text: string, groups: number, fail: Fail): Expression {
  const tokens = tokenize(text, fail);
  let next = 0;
  const accept = (...wanted: readonly string[]): string | undefined => {
    const token = tokens[next];
    if (token === undefined || !wanted.includes(token)) return undefined;
    next += 1;
    return token;
  };

  const sum = (): Part => {
    let left = product();
    for (let sign = accept('+', '-'); sign !== undefined; sign = accept('+', '-')) left = binary(sign, left, product());
    return left;
  };
  const product = (): Part => {
    let left = unary();
    for (let sign = accept('*', '/', '%'); sign !== undefined; sign = accept('*', '/', '%')) left = binary(sign, left, unary());
    return left;
  };
  const unary = (): Part => {
    if (accept('-') === undefined) return primary();
    const value = unary();
    return (captures, failNow) => -integer(value(captures, failNow), failNow);
  };
  const primary = (): Part => {
    if (accept('(') !== undefined) {
      const value = sum();
      if (accept(')') === undefined) fail(`a ) is missing in (${text})`);
      return value;
    }
    const token = tokens[next++] ?? fail(`(${text}) ends too early`);
    if (/^['"]/.test(token)) return () => token.slice(1, -1);
    if (/^[A-Za-z_]/.test(token)) return call(token);
    if (token.startsWith('$')) {
      const group = Number(token.slice(1));
      if (group > groups) fail(`${token} in (${text}), but the pattern has ${groups === 0 ? 'no group' : `only ${groups} groups`}`);
      return (captures) => captures[group] ?? '';
    }
    if (!/^\d/.test(token)) fail(`a number or $1 was wanted before ${token} in (${text})`);
    const literal = BigInt(token);
    return () => literal;
  };

  const call = (name: string): Part => {
    const known = FUNCTIONS.get(name) ?? fail(`(${text}): there is no function ${name} (functions: ${[...FUNCTIONS.keys()].join(', ')})`);
    if (accept('(') === undefined) fail(`a ( is missing after ${name} in (${text})`);
    const values = [sum()];
    while (accept(',') !== undefined) values.push(sum());
    if (accept(')') === undefined) fail(`a ) is missing in (${text})`);
    if (!known.accepts(values.length)) fail(`${name} in (${text}) has ${values.length} values; wanted: ${known.usage}`);
    return (captures, failNow) => known.call(values.map((value) => value(captures, failNow)), failNow);
  };

  const expression = sum();
  if (next < tokens.length) fail(`${String(tokens[next])} was not expected in (${text})`);
  return (captures, failNow) => String(expression(captures, failNow));
}

// --- internal ---

type Part = (captures: readonly string[], fail: Fail) => Value;

function tokenize(text: string, fail: Fail): string[] {
  const tokens: string[] = [];
  for (const [, token = '', stray] of text.matchAll(/\s*(?:(\$\d+|\$\{\d+\}|\d+|[A-Za-z_]\w*|'[^']*'|"[^"]*"|[-+*/%(),])|(\S))/g)) {
    if (stray !== undefined) fail(`(${text}) is no integer arithmetic: ${stray} (allowed: numbers, $1, + - * / %, parentheses and xCAT's functions)`);
    tokens.push(token.startsWith('$') ? token.replace(/[{}]/g, '') : token);
  }
  return tokens;
}

function binary(sign: string, left: Part, right: Part): Part {
  const operation = OPERATIONS[sign];
  return (captures, fail) => {
    const a = integer(left(captures, fail), fail);
    const b = integer(right(captures, fail), fail);
    if (b === 0n && (sign === '/' || sign === '%')) fail('division by zero');
    return operation?.(a, b) ?? 0n;
  };
}

const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};
