import type { Knex } from 'knex';
import type { ClientBase } from 'pg';
import { keyOf, keyText, rowName, rowProblems } from '../../tables/check-row.ts';
import { columnOf, tableOf } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { TableWriter } from './database.ts';
import { readTables, rowMaker } from './read.ts';

/** Changes rows on a connection that has a transaction open; knex writes the statements. */
export async function createWriter(client: ClientBase): Promise<TableWriter> {
  const sql = await builder();
  const select = async (table: Table, where: Row): Promise<Row[]> => {
    const rows: Record<string, string | null>[] = await sql(table.name).connection(client).where(cellsOf(table, where))
      .orderByRaw(table.keys.map(() => '?? COLLATE "C"').join(','), [...table.keys]);
    const make = rowMaker(table);
    return rows.map((row) => make(table.columns.map(({ name }) => row[name])));
  };
  const writer: TableWriter = {
    read: (names, nodes) => readTables(client, names, nodes),
    rows: async (name, where) => select(tableOf(name), where),
    upsert: async (name, row) => {
      const table = tableOf(name);
      throwProblems(rowProblems(name, row, false));
      const key = keyOf(table, row);
      const [there] = await select(table, key);
      await writer.put(name, [{ ...there, ...key, ...row }]);
    },
    put: async (name, rows) => {
      const table = tableOf(name);
      throwProblems([...rows.flatMap((row) => rowProblems(name, row, true)), ...duplicates(table, rows)]);
      if (rows.length === 0) return;
      const cells = rows.map((row) => cellsOf(table, { ...keyOf(table, row), ...row }));
      const others = table.columns.map((column) => column.name).filter((column) => !table.keys.includes(column));
      await sql.raw(`INSERT INTO ?? SELECT * FROM json_populate_recordset(NULL::??, ?)
        ON CONFLICT (${table.keys.map(() => '??').join(',')}) DO UPDATE SET ${others.map(() => '?? = EXCLUDED.??').join(',')}`,
      [name, name, JSON.stringify(cells), ...table.keys, ...others.flatMap((column) => [column, column])]).connection(client);
    },
    remove: async (name, where) => sql(name).connection(client).where(cellsOf(tableOf(name), where)).delete(),
    removeEach: async (name, wheres) => {
      const columns = Object.keys(cellsOf(tableOf(name), wheres[0] ?? {}));
      if (columns.length === 0) return;
      const list = columns.map(() => '??').join(',');
      await sql.raw(`DELETE FROM ?? WHERE (${list}) IN (SELECT ${list} FROM json_populate_recordset(NULL::??, ?))`,
        [name, ...columns, ...columns, name, JSON.stringify(wheres)]).connection(client);
    },
    replace: async (name, rows) => {
      await sql(tableOf(name).name).connection(client).delete();
      await writer.put(name, rows);
    },
    keep: async (name, content) => {
      await sql('statelite_kept').connection(client).insert({ name, content }).onConflict('name').merge();
    },
  };
  return writer;
}

// --- internal ---

let knexBuilder: Promise<Knex> | undefined;

// Knex without a connection of its own: it writes statements for the one that is given.
const builder = (): Promise<Knex> => knexBuilder ??= import('knex').then(({ default: knex }) => knex({ client: 'pg' }));

// Values as they are stored: unset is NULL, but '' in a key.
function cellsOf(table: Table, row: Row): Record<string, string | null> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => {
    columnOf(table, name);
    return [name, value === '' && !table.keys.includes(name) ? null : value];
  }));
}

function duplicates(table: Table, rows: readonly Row[]): StateliteError[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const key = keyText(table, row);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [new StateliteError('ROW_INVALID', `${rowName(table, row)} is there twice`, { hint: 'keep one of the rows' })];
  });
}
