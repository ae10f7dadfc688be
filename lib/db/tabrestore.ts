import { basename } from 'node:path';
import { parseCsv, type CsvProblem } from '../../tables/csv.ts';
import { tableOf } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { readStdin, STDIN } from '../system/stdin.ts';
import type { System } from '../system/system.ts';
import { change } from './change.ts';
import { withDatabase } from './open.ts';

export interface RestoreRequest {
  /** CSV files named after their tables, or STDIN. */
  readonly files: readonly string[];
  /** Table of every file, whatever its name; needed for stdin. */
  readonly table?: string;
  /** Adds rows (in place of those with the same keys) and keeps the others. */
  readonly add: boolean;
  readonly dryRun: boolean;
}

/** Puts CSV files into their tables in one transaction. Throws every problem of every file at once; then nothing was changed. */
export async function tabrestore(system: System, request: RestoreRequest): Promise<string> {
  const loads = await Promise.all(request.files.map((file) => loadCsv(system, file, request.table)));
  throwProblems(loads.flatMap(({ problems }) => problems), 'problems in the files, nothing was changed');
  return withDatabase(system, (database) => change(database, request.dryRun, async (writer) => {
    for (const { table, rows } of loads) await (request.add ? writer.put(table.name, rows) : writer.replace(table.name, rows));
    return '';
  }));
}

/** A CSV file, read for its table: the good rows, and everything that is wrong. */
export interface Load {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly problems: readonly StateliteError[];
}

/** Reads a CSV file, or stdin, for the table of that name, or the one the file is named after. Throws TABLE_UNKNOWN. */
export async function loadCsv(system: System, file: string, name: string | undefined): Promise<Load> {
  if (file === STDIN && name === undefined) throw new StateliteError('USAGE', 'stdin does not say which table it holds', { hint: 'tabrestore --table litefile -' });
  const table = tableOf(name ?? basename(file).replace(/\.csv$/, ''));
  const { rows, problems } = await parseCsv(table, file === STDIN ? await readStdin() : system.files.readText(file));
  return { table, rows, problems: problems.map((problem) => csvError(file === STDIN ? 'stdin' : file, problem)) };
}

/** The error for what is wrong in a CSV file: names file, line and column. */
export const csvError = (file: string, { line, column, reason }: CsvProblem): StateliteError =>
  new StateliteError('CSV_INVALID', `${file} line ${line}${column === undefined ? '' : `, column ${column}`}: ${reason}`);
