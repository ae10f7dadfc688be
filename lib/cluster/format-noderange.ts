/**
 * The reverse of expandNoderange: nodes in their shortest bracketed form, `n[01-03,07],login1`. Numbers that run on become a range,
 * names that differ in one number share brackets, and several numbers multiply: `f[1-2]n[1-8]`. Expanding it gives the same nodes.
 */
export function formatNoderange(nodes: readonly string[]): string {
  const names = [...new Set(nodes)].sort().map(splitName);
  const places = Math.max(0, ...names.map((parts) => Math.floor(parts.length / 2)));
  const forward = Array.from({ length: places }, (_, at) => 2 * at + 1);
  const written = [forward.toReversed(), forward].map((order) => order.reduce(mergeAt, names).map((parts) => parts.join('')).join(','));
  return written.reduce((best, other) => other.length < best.length ? other : best);
}

// --- internal ---

/** Text at even places, numbers (or brackets, once merged) at odd ones. Longer numbers than 15 digits are text. */
type Parts = readonly string[];

const splitName = (name: string): Parts => name.split(/((?<!\d)\d{1,15}(?!\d))/);

/** Puts names that differ at one place only into one. */
function mergeAt(names: readonly Parts[], place: number): readonly Parts[] {
  const alike = new Map<string, Parts[]>();
  for (const parts of names) {
    const key = JSON.stringify(parts.toSpliced(place, 1));
    const list = alike.get(key);
    if (list === undefined) alike.set(key, [parts]);
    else list.push(parts);
  }
  return [...alike.values()].flatMap((list) => {
    const [first] = list;
    return first === undefined || list.length === 1 ? list : [first.with(place, `[${foldNumbers(list.map((parts) => parts[place] ?? ''))}]`)];
  });
}

/** `01,02,03,07` as `01-03,07`; a range counts with the padding of its left end, as expanding does. */
function foldNumbers(numbers: readonly string[]): string {
  const runs: [string, string][] = [];
  for (const number of numbers.toSorted((a, b) => Number(a) - Number(b) || a.length - b.length)) {
    const run = runs.at(-1);
    if (run !== undefined && number === String(Number(run[1]) + 1).padStart(run[0].length, '0')) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => from === to ? from : `${from}-${to}`).join(',');
}
