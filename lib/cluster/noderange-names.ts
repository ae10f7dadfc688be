import type { Fail } from './arithmetic.ts';

/** More names than this are a slip of the pen, not a cluster. */
const MOST_NAMES = 1_000_000;

/**
 * The names a word of a noderange stands for, in order: a name that exists itself, `n[01-03,07]` (several brackets multiply, the last
 * runs fastest), `n8+2`, `n01-n03` and `n01:n03` (one number may differ; padding as on the left). Other words stand for themselves.
 */
export function namesOf(word: string, exists: (name: string) => boolean, fail: Fail): readonly string[] {
  if (exists(word)) return [word];
  if (/[[\]]/.test(word)) return expandBrackets(word, fail).flatMap((one) => namesOf(one, exists, fail));
  return expandIncrement(word, fail) ?? expandRange(word, fail) ?? [word];
}

// --- internal ---

function expandBrackets(word: string, fail: Fail): readonly string[] {
  const opening = word.indexOf('[');
  const closing = word.indexOf(']');
  if (opening < 0 || closing < opening) fail(`a ] without [ in ${word}`);
  const members = word.slice(opening + 1, closing).split(',').flatMap((member) => expandMember(member.trim(), word, fail));
  const tails = /[[\]]/.test(word.slice(closing + 1)) ? expandBrackets(word.slice(closing + 1), fail) : [word.slice(closing + 1)];
  checkSize(members.length * tails.length, word, fail);
  const head = word.slice(0, opening);
  return members.flatMap((member) => tails.map((tail) => head + member + tail));
}

function expandMember(member: string, word: string, fail: Fail): readonly string[] {
  const [from, to] = member.split(/[-:](.*)/s);
  if (from === undefined || from === '' || to === '') fail(`[…] of ${word} lacks a number`);
  if (to === undefined) return [member];
  if (!NUMBER.test(from) || !NUMBER.test(to)) fail(`${member} in ${word} is no range: only numbers have one (write [a,b,c] for letters)`);
  return numbers(from, to, word, fail);
}

function expandIncrement(word: string, fail: Fail): readonly string[] | undefined {
  const [, head, start, tail = '', more = ''] = /^(.*?)(\d{1,15})(\D*)\+(\d{1,15})$/.exec(word) ?? [];
  if (head === undefined || start === undefined) return undefined;
  return numbers(start, String(Number(start) + Number(more)), word, fail).map((number) => head + number + tail);
}

function expandRange(word: string, fail: Fail): readonly string[] | undefined {
  const ends = splitRange(word);
  if (ends === undefined) return undefined;
  const [left, right] = ends.map((end) => end.split(/(\d+)/)) as [string[], string[]];
  if (left.length !== right.length) return undefined;
  const differing = left.flatMap((part, at) => sameNumber(part, right[at]) ? [] : [at]);
  const [at] = differing;
  if (at === undefined) return [left.join('')];
  const [from = '', to = ''] = [left[at], right[at]];
  if (differing.length > 1 || !NUMBER.test(from) || !NUMBER.test(to)) return undefined;
  const [head, tail] = [left.slice(0, at).join(''), left.slice(at + 1).join('')];
  return numbers(from, to, word, fail).map((number) => head + number + tail);
}

/** At the only colon, or at the middle one of an odd number of dashes. */
function splitRange(word: string): readonly string[] | undefined {
  const mark = word.includes(':') ? ':' : '-';
  const parts = word.split(mark);
  if (parts.length % 2 !== 0 || (mark === ':' && parts.length > 2)) return undefined;
  const ends = [parts.slice(0, parts.length / 2), parts.slice(parts.length / 2)].map((half) => half.join(mark));
  return ends.includes('') ? undefined : ends;
}

const NUMBER = /^\d{1,15}$/;

const sameNumber = (left: string, right = ''): boolean => left === right || (NUMBER.test(left) && NUMBER.test(right) && Number(left) === Number(right));

function numbers(from: string, to: string, word: string, fail: Fail): readonly string[] {
  const [first, last] = [Number(from), Number(to)];
  if (first > last) fail(`${word} runs backwards: ${from} is above ${to}`);
  checkSize(last - first + 1, word, fail);
  return Array.from({ length: last - first + 1 }, (_, at) => String(first + at).padStart(from.length, '0'));
}

function checkSize(size: number, word: string, fail: Fail): void {
  if (size > MOST_NAMES) fail(`${word} is ${size} names, at most ${MOST_NAMES} are taken`);
}
