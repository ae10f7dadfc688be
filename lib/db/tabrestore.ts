import { basename } from 'node:path';
import { formatCsv, parseCsv, type CsvProblem } from '../../tables/csv.ts';
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
  /** Is told of values that are taken over as they are, but that no command here can use. */
  readonly notice?: (line: string) => void;
}

/** Puts CSV files into their tables in one transaction. Throws every problem of every file at once; then nothing was changed. */
export async function tabrestore(system: System, request: RestoreRequest): Promise<string> {
  const loads = await Promise.all(request.files.map((file) => loadCsv(system, file, request.table, !request.add)));
  throwProblems(loads.flatMap(({ problems }) => problems), 'problems in the files, nothing was changed');
  const text = await withDatabase(system, (database) => change(database, request.dryRun, async (writer) => {
    for (const { table, rows } of loads) await (request.add ? writer.put(table.name, rows) : writer.replace(table.name, rows));
    return '';
  }));
  const doubts = loads.flatMap((load) => load.doubts);
  for (const doubt of doubts.slice(0, MOST_TOLD)) request.notice?.(`WARNING: ${doubt}`);
  if (doubts.length > MOST_TOLD) request.notice?.(`WARNING: ${doubts.length - MOST_TOLD} more such values; statelite import tells of all of them`);
  return text;
}

/** A CSV file, read for its table: the good rows, and everything that is wrong. */
export interface Load {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly problems: readonly StateliteError[];
  /** Values that come in as they are, but that no command here can use, with file, line and column. */
  readonly doubts: readonly string[];
}

/**
 * Reads a CSV file, or stdin, for the table of that name, or the one the file is named after. With `named` it must name its columns: so
 * no list of something else takes a table's place. Throws TABLE_UNKNOWN.
 */
export async function loadCsv(system: System, file: string, name: string | undefined, named: boolean): Promise<Load> {
  if (file === STDIN && name === undefined) throw new StateliteError('USAGE', 'stdin does not say which table it holds', { hint: 'tabrestore --table litefile -' });
  const table = tableOf(name ?? basename(file).replace(/\.csv$/, ''));
  const source = file === STDIN ? 'stdin' : file;
  const { rows, problems, doubts, hasHeader } = await parseCsv(table, file === STDIN ? await readStdin() : system.files.readText(file));
  if (named && !hasHeader && rows.length > 0) return { table, rows: [], doubts: [], problems: [headerMissing(table, source)] };
  return {
    table, rows, problems: problems.map((problem) => csvError(source, problem)),
    doubts: doubts.map((doubt) => `${csvError(source, doubt).message}; it is kept as it is`),
  };
}

/** The error for what is wrong in a CSV file: names file, line and column. */
export const csvError = (file: string, { line, column, reason }: CsvProblem): StateliteError =>
  new StateliteError('CSV_INVALID', `${file} line ${line}${column === undefined ? '' : `, column ${column}`}: ${reason}`);

// --- internal ---

/** Warnings printed of one restore. */
const MOST_TOLD = 20;

const headerMissing = (table: Table, source: string): StateliteError =>
  new StateliteError('CSV_INVALID', `${source} has no header, so it may be no table at all, and it would replace ${table.name}`,
    { hint: `tabrestore -a adds its rows; to replace the table, let its first line be ${formatCsv(table, [])}` });
