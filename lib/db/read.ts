import type { ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg';
import { tableOf, TABLES } from '../../tables/index.ts';
import type { Row, Table, TableData } from '../../tables/table.ts';
import type { KeptTables, Read } from './database.ts';

/** The named tables (all when undefined) in one round trip, as the connection's transaction sees them. */
export async function readTables(client: ClientBase, names: readonly string[] = [...TABLES.keys()]): Promise<TableData> {
  const tables = names.map(tableOf);
  // The first statement keeps the answer a list, whatever the number of tables.
  const query: QueryArrayConfig = { text: ['SELECT', ...tables.map(selectOf)].join(';'), rowMode: 'array' };
  const results = await client.query(query) as unknown as readonly QueryArrayResult<(string | null)[]>[];
  return Object.fromEntries(tables.map((table, index) => [table.name, (results[index + 1]?.rows ?? []).map(rowMaker(table))]));
}

/** Runs `work` in a transaction that sees one snapshot and changes nothing. */
export async function withSnapshot<T>(client: ClientBase, work: (read: Read, kept: () => Promise<KeptTables>) => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const result = await work((names) => readTables(client, names), () => readKept(client));
  await client.query('COMMIT');
  return result;
}

/** Makes rows of cells in column order: unset cells are left out. */
export function rowMaker(table: Table): (cells: Cells) => Row {
  const names = table.columns.map(({ name }) => name);
  return (cells) => {
    const row: Record<string, string> = {};
    for (let index = 0; index < cells.length; index += 1) {
      const [name, cell] = [names[index], cells[index]];
      if (name !== undefined && cell !== null && cell !== undefined && cell !== '') row[name] = cell;
    }
    return row;
  };
}

// --- internal ---

async function readKept(client: ClientBase): Promise<KeptTables> {
  const { rows } = await client.query<{ name: string; content: Buffer }>('SELECT name, content FROM statelite_kept ORDER BY name COLLATE "C"');
  return new Map(rows.map(({ name, content }) => [name, content]));
}

type Cells = readonly (string | null | undefined)[];

const quote = (name: string): string => `"${name}"`;

const selectOf = (table: Table): string =>
  `SELECT ${table.columns.map(({ name }) => quote(name)).join(',')} FROM ${quote(table.name)}`
  + ` ORDER BY ${table.keys.map((key) => `${quote(key)} COLLATE "C"`).join(',')}`;
