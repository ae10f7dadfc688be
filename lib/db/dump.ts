import { join } from 'node:path';
import { formatCsv } from '../../tables/csv.ts';
import { tableOf, TABLES } from '../../tables/index.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { change } from './change.ts';
import type { Read } from './database.ts';
import { withDatabase } from './open.ts';
import { loadCsv } from './tabrestore.ts';

/** Writes every table as `<table>.csv` into a directory that is made when missing, all from one snapshot; only root may read them. */
export async function dumpTables(system: System, directory: string): Promise<readonly string[]> {
  const files = await withDatabase(system, (database) => database.snapshot(async (read, kept) => {
    const tables = await read();
    const ours = Object.entries(tables).map(([name, rows]) => [name, `${formatCsv(tableOf(name), rows)}\n`] as const);
    return [...ours, ...await kept()].sort(([a], [b]) => (a < b ? -1 : 1));
  }));
  system.files.makeDirectories(directory, 0o700);
  for (const [name, content] of files) system.files.writeAtomic(join(directory, `${name}.csv`), content, 0o600);
  return files.map(([name]) => name);
}

export interface RestoredDump {
  /** Tables of ours that the dump has. */
  readonly tables: readonly string[];
  /** Tables that are not ours: kept as they came. */
  readonly kept: readonly string[];
  /** Values that came in as they were, but that no command here can use. */
  readonly doubts: readonly string[];
  /** For a dry run: what would change. */
  readonly text: string;
}

/**
 * Puts the CSV files of a directory into their tables in one transaction; tables without a file stay as they are. Files of tables that are
 * not ours are kept, and dumpTables gives them back byte for byte. `look` is shown the tables as they are afterwards, also in a dry run; it
 * may be called again. Throws every problem of every file at once.
 */
export async function restoreTables(
  system: System, directory: string, dryRun: boolean, look: (read: Read) => Promise<void> = () => Promise.resolve(),
): Promise<RestoredDump> {
  if (!system.files.exists(`${directory}/.`)) throw new StateliteError('FILE_SYSTEM', `there is no directory ${directory}`, { hint: 'give the directory that dumpxCATdb -p wrote' });
  const names = system.files.list(directory).flatMap((file) => /^(.+)\.csv$/.exec(file)?.[1] ?? []);
  if (names.length === 0) throw new StateliteError('CSV_INVALID', `${directory} has no .csv files`, { hint: 'dumpxCATdb -p DIR writes such a directory' });
  const pathOf = (name: string): string => join(directory, `${name}.csv`);
  const tables = names.filter((name) => TABLES.has(name));
  const kept = names.filter((name) => !TABLES.has(name));
  const loads = await Promise.all(tables.map((name) => loadCsv(system, pathOf(name), name, false)));
  throwProblems(loads.flatMap(({ problems }) => problems), 'problems in the files, nothing was changed');
  const contents = kept.map((name) => [name, system.files.readBytes(pathOf(name))] as const);
  const text = await withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    for (const { table, rows } of loads) await writer.replace(table.name, rows);
    for (const [name, content] of contents) await writer.keep(name, content);
    await look(writer.read);
    return '';
  }));
  return { tables, kept, text, doubts: loads.flatMap((load) => load.doubts) };
}
