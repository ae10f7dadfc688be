import { remember } from '../cluster/remember.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { nesting } from './nesting.ts';
import { kindOf, writeOption } from './option.ts';
import { reservedReason } from './path.ts';
import type { Notice, PathFact, Policy, PolicyRow, SelectedRow, Selection } from './policy.ts';

/**
 * Puts the selected rows of an image together with what its tree says of their paths (`facts`, one for every row): the ordered policy that
 * liteimg carries out and plans are compiled from. Throws every problem of the rows at once: LITEFILE_INVALID, PATH_INVALID, NESTING_REFUSED,
 * and those the selection already has.
 */
export function resolvePolicy(image: string, selection: Selection, facts: ReadonlyMap<string, PathFact>): Policy {
  const { rows, notices, problems } = resolveRows(selection, facts);
  throwProblems(problems, 'problems in the litefile table, nothing was changed');
  return Object.freeze({ image, rows: Object.freeze(rows), notices: Object.freeze(notices) });
}

/** The same without an end at problems: the rows that have a place, those with a problem of their own among them, and all problems. */
export function resolveRows(selection: Selection, facts: ReadonlyMap<string, PathFact>): ResolvedRows {
  const problems: StateliteError[] = [...selection.problems];
  const notices: Notice[] = [...selection.notices];
  const placed = selection.rows.flatMap((row) => place(row, facts.get(row.path), problems, notices));
  const kept = withoutTwins(placed, problems, notices).sort((one, two) => (one.real < two.real ? -1 : 1));
  return { rows: withParents(kept, problems, notices), notices, problems };
}

/** Rows with their places, and what was found on the way. */
export interface ResolvedRows {
  readonly rows: readonly PolicyRow[];
  readonly notices: readonly Notice[];
  readonly problems: readonly StateliteError[];
}

// --- internal ---

interface PlacedRow {
  readonly row: SelectedRow;
  readonly real: string;
  readonly type: PathFact['type'];
}

// Where a row's work is done, or nothing when its path is volatile or cannot be used.
function place(row: SelectedRow, fact: PathFact | undefined, problems: StateliteError[], notices: Notice[]): PlacedRow[] {
  if (fact === undefined) throw new Error(`no fact for ${row.path}`);
  if (fact.volatile !== undefined) {
    notices.push({ path: row.path, text: `${row.path} is skipped: ${fact.volatile}, which is volatile already` });
    return [];
  }
  const reserved = fact.problem ?? (reservedReason(fact.real) === undefined ? undefined : `it leads to ${fact.real}: ${reservedReason(fact.real) ?? ''}`);
  if (reserved !== undefined) {
    problems.push(new StateliteError('PATH_INVALID', `${row.reason}: the path cannot be used in this image: ${reserved}`, { hint: 'name the path that is really meant, or remove the row' }));
    return [];
  }
  if (row.directory && fact.type === 'file') {
    problems.push(new StateliteError('LITEFILE_INVALID', `${row.reason}: ${row.path} is a file in the image, the row says it is a directory`, { hint: `write the row without its last slash: ${row.path}` }));
    return [];
  }
  if (!row.directory && fact.type === 'directory') notices.push({ path: row.path, text: `${row.path} is a directory in the image and treated as ${row.path}/` });
  return [{ row, real: fact.real, type: row.directory ? 'directory' : fact.type }];
}

// Two spellings of one path: one row is kept when they say the same.
function withoutTwins(placed: readonly PlacedRow[], problems: StateliteError[], notices: Notice[]): PlacedRow[] {
  const byReal = new Map<string, PlacedRow>();
  for (const one of placed) {
    const first = byReal.get(one.real);
    if (first === undefined) byReal.set(one.real, one);
    else if (writeOption(first.row.option) === writeOption(one.row.option)) {
      notices.push({ path: one.row.path, text: `${one.row.path} and ${first.row.path} are both ${one.real} in the image; one of the rows is enough` });
      if (one.type === 'directory') byReal.set(one.real, { ...first, type: 'directory' });
    } else {
      problems.push(new StateliteError('LITEFILE_INVALID', `${first.row.reason} (${writeOption(first.row.option)}) and ${one.row.reason} (${writeOption(one.row.option)}) are both ${one.real} in the image, with different options`, {
        hint: `keep one of them, best the one that names ${one.real}`,
      }));
    }
  }
  return [...byReal.values()];
}

// Finds each row's nearest listed ancestor, and says which pairs cannot be. Rows come sorted by their real path.
function withParents(placed: readonly PlacedRow[], problems: StateliteError[], notices: Notice[]): PolicyRow[] {
  const byReal = new Map(placed.map((one) => [one.real, one]));
  const nearest = remember((directory: string): PlacedRow | undefined => (directory === '' ? undefined : byReal.get(directory) ?? nearest(upOf(directory))));
  const above = new Map(placed.map((one) => [one, nearest(upOf(one.real))]));
  const parents = new Set(above.values());
  return placed.map((one) => {
    const parent = above.get(one);
    const type = one.type === 'directory' || parents.has(one) ? 'directory' : 'file';
    if (type === 'directory' && one.type === 'missing' && !one.row.directory) {
      notices.push({ path: one.row.path, text: `${one.row.path} is treated as ${one.row.path}/, as other rows lie below it` });
    }
    const wrong = refusal(one, type, parent);
    if (wrong !== undefined) problems.push(wrong);
    return Object.freeze({
      path: one.row.path, real: one.real, type, option: one.row.option, written: one.row.written,
      ...(parent === undefined ? {} : { parent: parent.real }), reason: one.row.reason,
    });
  });
}

const upOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function refusal(one: PlacedRow, type: PolicyRow['type'], parent: PlacedRow | undefined): StateliteError | undefined {
  const { row } = one;
  if (type === 'directory' && kindOf(row.option) === 'con') {
    return new StateliteError('LITEFILE_INVALID', `${row.reason}: ${row.path}/ is directory, don't use "con" as its option`, { hint: 'write con for the files in it, each in a row of its own' });
  }
  if (type === 'file' && row.option.mechanism === 'overlay') {
    return new StateliteError('LITEFILE_INVALID', `${row.reason}: ${row.path} is a file, and overlay is for directories only`, { hint: 'write link or bind for the file, or overlay for its directory' });
  }
  if (parent === undefined) return undefined;
  const verdict = nesting(parent.row.option, row.option);
  if (verdict.allowed) return undefined;
  return new StateliteError('NESTING_REFUSED', `${row.reason} (${writeOption(row.option)}) cannot stand below ${parent.row.reason} (${writeOption(parent.row.option)}): ${verdict.reason}`, { hint: verdict.instead });
}
