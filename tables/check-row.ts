import { compileRegexColumn, isRegexColumn } from '../lib/cluster/regex-column.ts';
import { StateliteError } from '../lib/errors.ts';
import { columnOf, tableOf } from './index.ts';
import type { Row, Table } from './table.ts';

/** What is wrong with one cell; `column` is the name in the table. */
export interface CellProblem {
  readonly column: string;
  readonly reason: string;
}

/** Everything wrong with the values of a row; with `whole`, required columns must be there too. Unknown columns are not looked at. */
export function cellProblems(table: Table, row: Row, whole: boolean): readonly CellProblem[] {
  return table.columns.flatMap(({ name, check }) => {
    const value = row[name] ?? '';
    const missing = value === '' && table.required.includes(name) && (whole || name in row);
    const reason = missing ? 'must be set' : value === '' ? undefined : value.includes('\0') ? 'has a NUL character in it' : check?.(value);
    return reason === undefined ? [] : [{ column: name, reason }];
  });
}

/** Values of a row that no command can use, though xCAT's tables may have them: a regular expression that cannot be read is one in a table about nodes. */
export function cellDoubts(table: Table, row: Row): readonly CellProblem[] {
  return table.columns.flatMap(({ name, doubt }) => {
    const value = row[name] ?? '';
    if (value === '' || name === 'comments') return [];
    const isRule = table.nodeKeyed === true && isRegexColumn(value);
    const reason = isRule ? ruleProblem(value) : doubt?.(value, row);
    return reason === undefined ? [] : [{ column: name, reason }];
  });
}

/** What cellDoubts says of a row that is typed, as errors: only of the columns that differ from `before`. */
export const typedProblems = (table: Table, before: Row, row: Row): readonly StateliteError[] =>
  cellDoubts(table, row).filter(({ column }) => row[column] !== before[column]).map(({ column, reason }) =>
    new StateliteError('ROW_INVALID', `${rowName(table, row)}: ${column}: ${reason}`, { hint: `tabdump -d ${table.name} describes the columns` }));

/** All problems of a row as errors that name it: unknown columns, required columns that are empty, values that break a rule. */
export function rowProblems(tableName: string, row: Row, whole: boolean): readonly StateliteError[] {
  const table = tableOf(tableName);
  for (const name of Object.keys(row)) columnOf(table, name);
  return cellProblems(table, row, whole).map(({ column, reason }) =>
    new StateliteError('ROW_INVALID', `${rowName(table, row)}: ${column}: ${reason}`, { hint: `tabdump -d ${table.name} describes the columns` }));
}

/** How messages name a row: `litefile row image=ALL file=/etc/fstab`. */
export const rowName = (table: Table, row: Row): string =>
  `${table.name} row ${table.keys.map((key) => `${key}=${row[key] ?? ''}`).join(' ')}`;

/** The key columns of a row, an empty one as ''. */
export const keyOf = (table: Table, row: Row): Row => Object.fromEntries(table.keys.map((key) => [key, row[key] ?? '']));

/** The key of a row as one string, for maps. */
export const keyText = (table: Table, row: Row): string => JSON.stringify(Object.values(keyOf(table, row)));

// --- internal ---

function ruleProblem(value: string): string | undefined {
  try {
    compileRegexColumn(value, { table: '', column: '', row: '' });
    return undefined;
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return `${value} cannot be used: ${error.message.split(' cannot be used: ').slice(1).join(' cannot be used: ')}`;
  }
}
