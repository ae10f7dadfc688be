import { columnOf } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';

/**
 * True for rows that fit every condition of `tabdump -w`: `column==value`, != < <= > >=, and =~ !~ with % for any text and _ for one
 * character, as in SQL. Numbers are compared as numbers. Throws USAGE or COLUMN_UNKNOWN.
 */
export function compileRowFilter(table: Table, conditions: readonly string[]): (row: Row) => boolean {
  const tests = conditions.map((condition) => {
    const [, column = '', operator = '', value = ''] = /^\s*(\w+)\s*(==|!=|=~|!~|>=|<=|>|<)\s*(.*?)\s*$/s.exec(condition) ?? [];
    if (operator === '') throw new StateliteError('USAGE', `-w ${condition} is no condition`, { hint: "tabdump -w 'column==value' TABLE, or != =~ !~ > >= < <=" });
    return { column: columnOf(table, column).name, fits: compile(operator, value) };
  });
  return (row) => tests.every(({ column, fits }) => fits(row[column] ?? ''));
}

// --- internal ---

function compile(operator: string, value: string): (cell: string) => boolean {
  switch (operator) {
    case '==': return (cell) => cell === value;
    case '!=': return (cell) => cell !== value;
    case '=~': return like(value);
    case '!~': return (cell) => !like(value)(cell);
    case '>': return (cell) => compare(cell, value) > 0;
    case '>=': return (cell) => compare(cell, value) >= 0;
    case '<': return (cell) => compare(cell, value) < 0;
    default: return (cell) => compare(cell, value) <= 0;
  }
}

function like(pattern: string): (cell: string) => boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (cell) => expression.test(cell);
}

const isNumeric = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);

function compare(a: string, b: string): number {
  if (isNumeric(a) && isNumeric(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}
