import type { ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg';
import { tableOf, TABLES } from '../../tables/index.ts';
import type { Row, Table, TableData } from '../../tables/table.ts';
import type { KeptTables, Read } from './database.ts';

/**
 * The named tables (all when undefined), rows in order of their keys, as the connection's transaction sees them. With `nodes`, of tables
 * that are about nodes only the rows with these keys.
 */
export async function readTables(client: ClientBase, names: readonly string[] = [...TABLES.keys()], nodes?: readonly string[]): Promise<TableData> {
  const whole = names.filter((name) => nodes === undefined || tableOf(name).keys[0] !== 'node').map(tableOf);
  const part = names.map(tableOf).filter((table) => !whole.includes(table));
  const data = new Map([...await readColumns(client, whole), ...nodes === undefined ? [] : await readRowsOf(client, part, nodes)]);
  return Object.fromEntries(names.map((name) => [name, data.get(name) ?? []]));
}

/** Runs `work` in a transaction that sees one snapshot and changes nothing. */
export async function withSnapshot<T>(client: ClientBase, work: (read: Read, kept: () => Promise<KeptTables>) => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const result = await work((names, nodes) => readTables(client, names, nodes), () => readKept(client));
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

const quote = (name: string): string => `"${name}"`;

type Cells = readonly (string | null | undefined)[];
type Answer = QueryArrayResult<(string | null)[]>;
type Loaded = readonly (readonly [string, readonly Row[]])[];

/** Between the values of a column in one text; a table that has it in a value is read the slow way. */
const SEPARATOR = '\x1f';

// Most cells of most tables are unset. So the columns that have values are found first, and each comes as one text: that costs
// a tenth of what a message for each row costs, and the database's part of it is smaller too.
async function readColumns(client: ClientBase, tables: readonly Table[]): Promise<Loaded> {
  const counts = await queryAll(client, tables.map((table) => `SELECT count(*),${table.columns.map(({ name }) => `count(${quote(name)})`).join(',')} FROM ${quote(table.name)}`));
  const used = tables.map((table, at) => ({ table, rows: Number(counts[at]?.[0]?.[0] ?? 0), columns: table.columns.filter((_, column) => counts[at]?.[0]?.[column + 1] !== '0').map(({ name }) => name) }));
  const filled = used.filter(({ rows }) => rows > 0);
  const texts = await queryAll(client, filled.map(({ table, columns }) =>
    `SELECT ${columns.map((name) => `string_agg(coalesce(${quote(name)},''),${client.escapeLiteral(SEPARATOR)})`).join(',')} FROM ${quote(table.name)}`));
  const loaded = new Map<string, readonly Row[]>();
  for (const [at, { table, rows, columns }] of filled.entries()) {
    const cells = (texts[at]?.[0] ?? []).map((text) => text?.split(SEPARATOR) ?? []);
    loaded.set(table.name, cells.every(({ length }) => length === rows)
      ? inOrder(table, rowsOf(columns, cells, rows))
      : (await readRows(client, [table]))[0]?.[1] ?? []);
  }
  return tables.map(({ name }) => [name, loaded.get(name) ?? []]);
}

function rowsOf(columns: readonly string[], cells: readonly (readonly string[])[], count: number): readonly Row[] {
  const rows: Record<string, string>[] = Array.from({ length: count }, () => ({}));
  for (const [column, name] of columns.entries()) {
    const values = cells[column] ?? [];
    for (let at = 0; at < count; at += 1) {
      const [row, value] = [rows[at], values[at]];
      if (row !== undefined && value !== undefined && value !== '') row[name] = value;
    }
  }
  return rows;
}

const readRowsOf = (client: ClientBase, tables: readonly Table[], nodes: readonly string[]): Promise<Loaded> =>
  nodes.length === 0 ? Promise.resolve([]) : readRows(client, tables, ` WHERE "node" IN (${nodes.map((node) => client.escapeLiteral(node)).join(',')})`);

async function readRows(client: ClientBase, tables: readonly Table[], where = ''): Promise<Loaded> {
  const answers = await queryAll(client, tables.map((table) => `SELECT ${table.columns.map(({ name }) => quote(name)).join(',')} FROM ${quote(table.name)}${where}`));
  return tables.map((table, at) => [table.name, inOrder(table, (answers[at] ?? []).map(rowMaker(table)))]);
}

// Several statements in one round trip.
async function queryAll(client: ClientBase, statements: readonly string[]): Promise<readonly Answer['rows'][]> {
  if (statements.length === 0) return [];
  // The first statement keeps the answer a list, whatever the number of tables.
  const query: QueryArrayConfig = { text: ['SELECT', ...statements].join(';'), rowMode: 'array' };
  return (await client.query(query) as unknown as readonly Answer[]).slice(1).map(({ rows }) => rows);
}

// By the keys, as texts. Mostly they come so already, and looking is cheaper than sorting, here or in the database.
function inOrder(table: Table, rows: readonly Row[]): readonly Row[] {
  const compare = (one: Row, other: Row): number => {
    for (const key of table.keys) {
      const [a, b] = [one[key] ?? '', other[key] ?? ''];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  };
  return rows.every((row, at) => at === 0 || compare(rows[at - 1] ?? row, row) <= 0) ? rows : [...rows].sort(compare);
}

async function readKept(client: ClientBase): Promise<KeptTables> {
  const { rows } = await client.query<{ name: string; content: Buffer }>('SELECT name, content FROM statelite_kept ORDER BY name COLLATE "C"');
  return new Map(rows.map(({ name, content }) => [name, content]));
}
