import { formatCsv } from '../../tables/csv.ts';
import { tableOf, TABLES } from '../../tables/index.ts';
import { toJson } from '../command.ts';
import { withDatabase } from './open.ts';
import type { System } from '../system/system.ts';

/** A table as CSV, or as a JSON list of its rows. Throws TABLE_UNKNOWN. */
export async function tabdump(system: System, name: string, json: boolean): Promise<string> {
  const table = tableOf(name);
  const rows = (await withDatabase(system, (database) => database.read([name])))[name] ?? [];
  return json ? toJson(rows) : formatCsv(table, rows);
}

/** The names of all tables. */
export const tableNames = (json: boolean): string => json ? toJson([...TABLES.keys()]) : [...TABLES.keys()].join('\n');

/** What a table and its columns are for; all tables in a line each when no name is given. */
export function describeTables(name: string | undefined, json: boolean): string {
  if (name === undefined) {
    const tables = [...TABLES.values()];
    return json ? toJson(tables.map(({ name: table, help }) => ({ table, help }))) : aligned(tables.map((table) => [table.name, table.help]));
  }
  const table = tableOf(name);
  const columns = table.columns.map((column) => [column.name, `${column.help}${notes(column.name, table)}`] as const);
  return json
    ? toJson({ table: name, help: table.help, keys: table.keys, columns: columns.map(([column, help]) => ({ column, help })) })
    : `${table.help}\n\n${aligned(columns)}`;
}

// --- internal ---

function notes(column: string, { keys, required }: { readonly keys: readonly string[]; readonly required: readonly string[] }): string {
  const words = [...keys.includes(column) ? ['key'] : [], ...required.includes(column) ? ['must be set'] : []];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function aligned(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length)) + 1;
  return lines.map(([name, help]) => `${`${name}:`.padEnd(width)} ${help}`).join('\n');
}
