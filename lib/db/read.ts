import type { ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg';
import { tableOf, TABLES } from '../../tables/index.ts';
import type { Row, Table, TableData } from '../../tables/table.ts';

/** The named tables (all when undefined) as one snapshot, in one round trip. */
export async function readTables(client: ClientBase, names: readonly string[] = [...TABLES.keys()]): Promise<TableData> {
  const tables = names.map(tableOf);
  const text = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...tables.map(selectOf), 'COMMIT'].join(';');
  const query: QueryArrayConfig = { text, rowMode: 'array' };
  const results = await client.query(query) as unknown as readonly QueryArrayResult<(string | null)[]>[];
  return Object.fromEntries(tables.map((table, index) => [table.name, (results[index + 1]?.rows ?? []).map((cells) => rowOf(table, cells))]));
}

/** A row of cells in column order as a value: unset cells are left out. */
export function rowOf(table: Table, cells: Cells): Row {
  const row: Record<string, string> = {};
  table.columns.forEach(({ name }, index) => {
    const cell = cells[index];
    if (cell !== null && cell !== undefined && cell !== '') row[name] = cell;
  });
  return row;
}

// --- internal ---

type Cells = readonly (string | null | undefined)[];

const quote = (name: string): string => `"${name}"`;

const selectOf = (table: Table): string =>
  `SELECT ${table.columns.map(({ name }) => quote(name)).join(',')} FROM ${quote(table.name)}`
  + ` ORDER BY ${table.keys.map((key) => `${quote(key)} COLLATE "C"`).join(',')}`;
