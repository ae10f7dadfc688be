/** One column of a table: all values are text; '' and unset are the same and stored as NULL. */
export interface Column {
  readonly name: string;
  /** Help text of `tabdump -d`, our own words. */
  readonly help: string;
  /** Says what is wrong with a value, or undefined. Called for non-empty values only. */
  readonly check?: (value: string) => string | undefined;
  /**
   * Says why no command can use a value that xCAT's tables may have, or undefined: refused when it is typed, told of when a dump brings it.
   * Not called for regular expressions.
   */
  readonly doubt?: (value: string, row: Row) => string | undefined;
}

/** The one place that knows a table: columns in xCAT's order (`comments` and `disable` last), keys, help, checks. */
export interface Table {
  readonly name: string;
  readonly help: string;
  /** Columns that together identify a row. */
  readonly keys: readonly string[];
  /** Columns that must be set: the keys, but for those whose empty value means something (an empty litefile.image is every image). */
  readonly required: readonly string[];
  readonly columns: readonly Column[];
  /** True when the first key holds a node or group name and values may be inherited and regex-expanded. */
  readonly nodeKeyed?: boolean;
}

/** What a table file writes; `defineTable` makes the table of it. */
export interface TableDefinition {
  readonly name: string;
  readonly help: string;
  readonly keys: readonly string[];
  readonly required?: readonly string[];
  readonly nodeKeyed?: boolean;
  /** Column name to its help, in xCAT's order, without `comments` and `disable`. */
  readonly columns: Readonly<Record<string, string | Omit<Column, 'name'>>>;
}

/** The table of a definition: `comments` and `disable` added, required columns are the keys unless said otherwise. */
export function defineTable({ columns, ...definition }: TableDefinition): Table {
  const all: TableDefinition['columns'] = { ...columns, ...COMMON_COLUMNS };
  return {
    required: definition.keys,
    ...definition,
    columns: Object.entries(all).map(([name, column]) => (typeof column === 'string' ? { name, help: column } : { name, ...column })),
  };
}

/** A table row: column name to value; unset columns are absent. */
export type Row = Readonly<Record<string, string>>;

/** Table name to its rows, disabled ones included, in key order. */
export type TableData = Readonly<Record<string, readonly Row[]>>;

/** xCAT's rule: unset, 0 or no (any case) means enabled. */
export const isEnabled = ({ disable }: Row): boolean => disable === undefined || /^(0|no)?$/i.test(disable);

// --- internal ---

const COMMON_COLUMNS = {
  comments: 'Free text; no command reads it.',
  disable: 'Unset, 0 or no: the row counts. Anything else: commands behave as if the row were not there.',
};
