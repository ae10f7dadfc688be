import { formatCsv } from '../../tables/csv.ts';
import { tableOf, TABLES } from '../../tables/index.ts';
import { toJson } from '../command.ts';
import { withDatabase } from './open.ts';
import { compileRowFilter } from './row-filter.ts';
import type { System } from '../system/system.ts';

/** The rows of a table that fit all conditions, as CSV or as a JSON list. A table kept from a dump comes as it is. Throws TABLE_UNKNOWN. */
export async function tabdump(system: System, name: string, json: boolean, where: readonly string[] = []): Promise<string> {
  if (!TABLES.has(name) && !json && where.length === 0) return keptTable(system, name);
  const table = tableOf(name);
  const fits = compileRowFilter(table, where);
  const rows = ((await withDatabase(system, (database) => database.read([name])))[name] ?? []).filter(fits);
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

async function keptTable(system: System, name: string): Promise<string> {
  const kept = await withDatabase(system, (database) => database.snapshot((_read, tables) => tables()));
  return kept.get(name)?.toString('utf8').replace(/\n$/, '') ?? tableOf(name).name;
}

function notes(column: string, { keys, required }: { readonly keys: readonly string[]; readonly required: readonly string[] }): string {
  const words = [...keys.includes(column) ? ['key'] : [], ...required.includes(column) ? ['must be set'] : []];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function aligned(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length)) + 1;
  return lines.map(([name, help]) => `${`${name}:`.padEnd(width)} ${help}`).join('\n');
}
