import { nearest } from '../lib/nearest.ts';
import { cellDoubts, cellProblems, keyText } from './check-row.ts';
import type { Row, Table } from './table.ts';

/** What is wrong at one place of a CSV file. */
export interface CsvProblem {
  /** Counted from 1; where the row begins. */
  readonly line: number;
  /** Name of the column, when one is to blame. */
  readonly column?: string;
  /** The cell, when its value is what is doubted. */
  readonly value?: string;
  readonly reason: string;
}

export interface ParsedCsv {
  /** The good rows, in file order. */
  readonly rows: readonly Row[];
  readonly problems: readonly CsvProblem[];
  /** Values in good rows that xCAT's tables may have and no command here can use. */
  readonly doubts: readonly CsvProblem[];
  /** True when the columns are named in the file. */
  readonly hasHeader: boolean;
}

/** The rows as xCAT's tabdump prints them: `#` header, each value in double quotes with inner ones doubled, nothing for unset. No last newline. */
export function formatCsv(table: Table, rows: readonly Row[]): string {
  const names = table.columns.map(({ name }) => name);
  const lines = rows.map((row) => names.map((name) => quote(row[name] ?? '')).join(','));
  return [`#${names.join(',')}`, ...lines].join('\n');
}

/**
 * Reads what formatCsv, xCAT or a person wrote: unquoted values, blanks round values, short rows, comment lines, and a header in any
 * column order, with or without `#`; without a header the table's order counts. Every problem of every row is reported. A text without a
 * line is a file that got lost on its way, not a table without rows: that one has its header.
 */
export async function parseCsv(table: Table, text: string): Promise<ParsedCsv> {
  if (text.replace(/^\uFEFF/, '').trim() === '') {
    return { rows: [], doubts: [], hasHeader: false, problems: [{ line: 1, reason: `the file is empty; a table without rows has the line ${formatCsv(table, [])}` }] };
  }
  const { parse } = await import('csv-parse/sync');
  const header = headerOf(table, text.replace(/^\uFEFF/, ''));
  const problems: CsvProblem[] = [];
  const records = parse(header.rest, {
    trim: true, comment: '#', comment_no_infix: true, relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'],
    info: true, skip_records_with_error: true,
    on_skip: (error) => {
      const line = header.lines + lineOf(error);
      if (problems.at(-1)?.line !== line) problems.push({ line, reason: error?.message.replace(/^[^:]*: /, '') ?? 'cannot be read' });
      return undefined;
    },
  }) as unknown as readonly ParsedRecord[];
  const doubts: CsvProblem[] = [];
  const seen = new Map<string, number>();
  const rows = records.flatMap(({ info, record }) => {
    const line = header.lines + info.lines - record.join('').split('\n').length + 1;
    const cells = header.columns.map((name, index): [string, string] => [name, record[index] ?? '']);
    const row: Row = Object.fromEntries(cells.filter(([name, value]) => value !== '' && hasColumn(table, name)));
    const wrong: { column?: string; reason: string }[] = [...extraCells(header.columns, record), ...cellProblems(table, row, true)];
    const twin = seen.get(keyText(table, row));
    if (twin === undefined) seen.set(keyText(table, row), line);
    else wrong.push({ column: table.keys.join(','), reason: `the same row stands in line ${twin}` });
    problems.push(...wrong.map((problem) => ({ line, ...problem })));
    if (wrong.length > 0) return [];
    doubts.push(...cellDoubts(table, row).map((doubt) => ({ line, value: row[doubt.column] ?? '', ...doubt })));
    return [row];
  });
  // A column of a newer xCAT does no harm while nothing stands in it.
  const strange = header.columns.filter((name, index) => !hasColumn(table, name) && records.some(({ record }) => (record[index] ?? '') !== ''));
  problems.push(...strange.map((name) => ({ line: header.lines, column: name, reason: [`table ${table.name} has no such column`, ...nearest(name, table.columns.map((column) => column.name)).slice(0, 1).map((near) => `did you mean ${near}?`)].join('; ') })));
  return { rows, doubts, hasHeader: header.lines > 0, problems: problems.sort((a, b) => a.line - b.line) };
}

// --- internal ---

interface ParsedRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

const quote = (value: string): string => value === '' ? '' : `"${value.replaceAll('"', '""')}"`;

const hasColumn = (table: Table, name: string): boolean => table.columns.some((column) => column.name === name);

// The header is the first line that is a list of names; with `#` one known name is enough, without it all must be known.
function headerOf(table: Table, text: string): { readonly columns: readonly string[]; readonly lines: number; readonly rest: string } {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const names = /^#?\s*\w+(\s*,\s*\w+)+\s*$/.test(line) ? line.replace('#', '').split(',').map((name) => name.trim()) : [];
    const known = names.filter((name) => hasColumn(table, name)).length;
    if (line.startsWith('#') ? known > 0 : known > 0 && known === names.length) {
      return { columns: names, lines: index + 1, rest: lines.slice(index + 1).join('\n') };
    }
    if (line.trim() !== '' && !line.startsWith('#')) break;
  }
  return { columns: table.columns.map(({ name }) => name), lines: 0, rest: text };
}

function extraCells(columns: readonly string[], record: readonly string[]): readonly { readonly reason: string }[] {
  const extra = record.slice(columns.length).filter((value) => value !== '');
  return extra.length === 0 ? [] : [{ reason: `has ${record.length} values for ${columns.length} columns` }];
}

const lineOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'lines' in error && typeof error.lines === 'number' ? error.lines : 1;
