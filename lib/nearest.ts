/** The names nearest to a mistyped one, best first, three at most: few letters differ, or one is the beginning of the other. */
export function nearest(written: string, names: Iterable<string>): readonly string[] {
  return [...names]
    .map((name) => ({ name, distance: name.startsWith(written) || written.startsWith(name) ? 1 : differences(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, written.length) / 3)))
    .sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, 3).map(({ name }) => name);
}

/** A hint that asks for the nearest names and says where all are; only the latter when none is near. */
export function meant(written: string, names: Iterable<string>, all: string): string {
  const near = nearest(written, names);
  return near.length === 0 ? all : `did you mean ${near.join(' or ')}? ${all}`;
}

// --- internal ---

// Letters to put in, leave out or exchange, two that changed places counting once.
function differences(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next.push(Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1), swapped ? (before[column - 2] ?? 0) + 1 : Infinity));
    }
    [before, last] = [last, next];
  }
  return last[other.length] ?? 0;
}
