/** One column of a table: all values are text; '' and unset are the same and stored as NULL. */
export interface Column {
  readonly name: string;
  /** Help text of `tabdump -d`, our own words. */
  readonly help: string;
  /** Says what is wrong with a value, or undefined. Called for non-empty values only. */
  readonly check?: (value: string) => string | undefined;
}

/** The one place that knows a table: columns in xCAT's order (`comments` and `disable` last), keys, help, checks. */
export interface Table {
  readonly name: string;
  readonly help: string;
  /** Columns that together identify a row; always set. */
  readonly keys: readonly string[];
  /** Further columns that must be set. */
  readonly required?: readonly string[];
  readonly columns: readonly Column[];
  /** True when the first key holds a node or group name and values may be inherited and regex-expanded. */
  readonly nodeKeyed?: boolean;
}

/** A table row: column name to value; unset columns are absent. */
export type Row = Readonly<Record<string, string>>;

/** Table name to its rows, disabled ones included, in key order. */
export type TableData = Readonly<Record<string, readonly Row[]>>;

/** xCAT's rule: unset, 0 or no (any case) means enabled. */
export const isEnabled = (row: Row): boolean => /^(0|no)?$/i.test(row['disable'] ?? '');
