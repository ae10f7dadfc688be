import type { Fail } from './arithmetic.ts';

/** A value of an expression: text as long as nothing is computed from it. */
export type Value = bigint | string;

/** A function of xCAT's for replacements. */
export interface ArithmeticFunction {
  /** How it is written, for messages. */
  readonly usage: string;
  readonly accepts: (count: number) => boolean;
  readonly call: (values: readonly Value[], fail: Fail) => Value;
}

/** xCAT's helpers for replacements, by name; they mean what its documentation says of them. */
export const FUNCTIONS: ReadonlyMap<string, ArithmeticFunction> = new Map(Object.entries({
  a2idx: { usage: 'a2idx(letter): a is 1', accepts: (count) => count === 1, call: ([letter = ''], fail) => letterIndex(letter, fail) + 1n },
  a2zidx: { usage: 'a2zidx(letter): a is 0', accepts: (count) => count === 1, call: ([letter = ''], fail) => letterIndex(letter, fail) },
  mknum: { usage: 'mknum(text): the sum of its bytes', accepts: (count) => count === 1, call: ([text = '']) => Buffer.from(String(text)).reduce((sum, byte) => sum + BigInt(byte), 0n) },
  dim2idx: { usage: 'dim2idx(row, racks in a row, rack, nodes in a rack, node), or with more or fewer levels', accepts: (count) => count % 2 === 1, call: placeOf },
  skip: { usage: "skip(index, 'first:count,first:count')", accepts: (count) => count === 2, call: skip },
  ipadd: { usage: 'ipadd(10, 0, 0, 1, number, first hosts left out, last hosts left out)', accepts: (count) => count >= 5 && count <= 7, call: addToAddress },
} satisfies Record<string, ArithmeticFunction>));

/** The integer a value is. */
export function integer(value: Value, fail: Fail): bigint {
  if (typeof value === 'bigint') return value;
  if (!/^-?\d*$/.test(value) || value === '-') fail(`"${value}" is no integer`);
  return BigInt(value);
}

// --- internal ---

function letterIndex(letter: Value, fail: Fail): bigint {
  const text = String(letter).toLowerCase();
  if (!/^[a-z]$/.test(text)) fail(`"${text}" is no letter from a to z`);
  return BigInt(text.charCodeAt(0) - 97);
}

// The number of a place among all: each place counts from 1, and the size of the topmost level does not matter.
function placeOf(values: readonly Value[], fail: Fail): bigint {
  const [first = 1n, ...rest] = values.map((value) => integer(value, fail));
  let place = first - 1n;
  for (let at = 0; at + 1 < rest.length; at += 2) place = place * (rest[at] ?? 1n) + (rest[at + 1] ?? 1n) - 1n;
  return place + 1n;
}

// The index among those that are not left out; -1 for one that is.
function skip([written = '', skips = '']: readonly Value[], fail: Fail): bigint {
  const index = integer(written, fail);
  let left = index;
  for (const part of String(skips).split(',').filter((each) => each.trim() !== '')) {
    const [, first, count = '1'] = /^\s*(\d+)(?::(\d+))?\s*$/.exec(part) ?? [];
    if (first === undefined) return fail(`'${part}' is not first or first:count`);
    if (index < BigInt(first)) break;
    if (index < BigInt(first) + BigInt(count)) return -1n;
    left -= BigInt(count);
  }
  return left;
}

// Only the last two numbers of the address change; some hosts at either end of each 256 may be left out.
function addToAddress(values: readonly Value[], fail: Fail): string {
  const [one = 0n, two = 0n, three = 0n, four = 0n, added = 0n, before = 0n, after = 0n] = values.map((value) => integer(value, fail));
  const hosts = 256n - before - after;
  if (hosts <= 0n) fail('ipadd leaves out every host');
  const offset = (four >= before ? four - before : 0n) + added;
  const parts = [one, two, three + offset / hosts, offset % hosts + before];
  if (parts.some((part) => part < 0n || part > 255n)) fail(`ipadd gives ${parts.join('.')}, which is no address`);
  return parts.join('.');
}
