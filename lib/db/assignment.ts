import { keyOf, keyText, rowProblems, typedProblems } from '../../tables/check-row.ts';
import { columnOf, tableOf } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { throwProblems, type StateliteError } from '../errors.ts';
import type { TableWriter } from './database.ts';

/** A column's new value: set (empty clears), or words added to or taken from a comma list. */
export interface Assignment {
  readonly table: string;
  readonly column: string;
  readonly operator: '=' | '+=' | '-=';
  readonly value: string;
}

/**
 * Carries assignments out on every row that equals one of `wheres`; a `where` that fits no row makes one. `wheres` speak of the columns
 * that all tables of the assignments have in common, usually `node`.
 */
export async function assign(writer: TableWriter, wheres: readonly Row[], assignments: readonly Assignment[]): Promise<void> {
  const changes: { readonly table: Table; readonly rows: readonly Row[]; readonly next: readonly Row[] }[] = [];
  for (const name of new Set(assignments.map((each) => each.table))) {
    const table = tableOf(name);
    const list = assignments.filter((each) => each.table === name);
    for (const column of [...list.map((each) => each.column), ...wheres.flatMap((where) => Object.keys(where))]) columnOf(table, column);
    const rows = await rowsBefore(writer, name, wheres);
    changes.push({ table, rows, next: rows.map((row) => list.reduce<Row>((changed, each) => ({ ...changed, [each.column]: valueAfter(changed[each.column], each) }), row)) });
  }
  const known = (row: Row | undefined): Row => (row === undefined || wheres.includes(row) ? {} : row); // of a new row the key is typed too
  throwProblems(distinct(changes.flatMap(({ table, rows, next }) => next.flatMap((row, at) => [...rowProblems(table.name, row, true), ...typedProblems(table, known(rows[at]), row)]))));
  for (const { table, rows, next } of changes) {
    const kept = new Set(next.map((row) => keyText(table, row)));
    for (const row of rows.filter((each) => !kept.has(keyText(table, each)))) await writer.remove(table.name, keyOf(table, row));
    await writer.put(table.name, next);
  }
}

// --- internal ---

// The same value typed for many rows is one problem.
function distinct(problems: readonly StateliteError[]): readonly StateliteError[] {
  return [...new Map(problems.map((problem) => [problem.message.replace(/^.*? row [^:]*: /, ''), problem])).values()];
}

async function rowsBefore(writer: TableWriter, table: string, wheres: readonly Row[]): Promise<readonly Row[]> {
  const [only, ...more] = wheres;
  if (only === undefined) return [];
  if (more.length === 0) {
    const rows = await writer.rows(table, only);
    return rows.length === 0 ? [only] : rows;
  }
  const columns = Object.keys(only);
  const textOf = (row: Row): string => JSON.stringify(columns.map((column) => row[column] ?? ''));
  const there = new Map<string, Row[]>();
  for (const row of await writer.rows(table, {})) there.set(textOf(row), [...there.get(textOf(row)) ?? [], row]);
  return wheres.flatMap((where) => there.get(textOf(where)) ?? [where]);
}

function valueAfter(before = '', { operator, value }: Assignment): string {
  if (operator === '=') return value;
  const words = before === '' ? [] : before.split(',');
  const changed = value.split(',').filter((word) => word !== '');
  return (operator === '+=' ? [...words, ...changed.filter((word) => !words.includes(word))] : words.filter((word) => !changed.includes(word))).join(',');
}
