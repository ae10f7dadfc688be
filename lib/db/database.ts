import type { Row, TableData } from '../../tables/table.ts';

/** The named tables (all when omitted), disabled rows included; with `nodes`, of tables about nodes only the rows of these nodes and groups. */
export type Read = (tables?: readonly string[], nodes?: readonly string[]) => Promise<TableData>;

/** Tables of a dump that are not ours, as the bytes they came in, by name. */
export type KeptTables = ReadonlyMap<string, Buffer>;

/** Changes inside one transaction. Every call checks the row against its table and throws ROW_INVALID, TABLE_UNKNOWN or COLUMN_UNKNOWN. */
export interface TableWriter {
  /** Tables as this transaction sees them. */
  readonly read: Read;
  /** The rows whose columns equal `where` (all rows for `{}`), as this transaction sees them. */
  rows(table: string, where: Row): Promise<readonly Row[]>;
  /** Inserts, or updates the row with the same keys; columns given as '' are cleared, columns not given are kept. */
  upsert(table: string, row: Row): Promise<void>;
  /** Inserts whole rows, in place of those with the same keys; many at once are as fast as one. */
  put(table: string, rows: readonly Row[]): Promise<void>;
  /** Deletes the rows that match; returns how many. */
  remove(table: string, where: Row): Promise<number>;
  /** Deletes the rows that match one of `wheres`, which all speak of the same columns; many at once are as fast as one. */
  removeEach(table: string, wheres: readonly Row[]): Promise<void>;
  /** Replaces the whole table. */
  replace(table: string, rows: readonly Row[]): Promise<void>;
  /** Stores a table that is not ours, in place of one of that name. */
  keep(name: string, content: Buffer): Promise<void>;
}

/** An open connection to the tables. */
export interface Database {
  /** The named tables (all when omitted), disabled rows included, as one consistent snapshot. */
  readonly read: Read;
  /** Several reads of one consistent snapshot. */
  snapshot<T>(work: (read: Read, kept: () => Promise<KeptTables>) => Promise<T>): Promise<T>;
  /** Runs `work` in one serializable transaction, again when Postgres asks for it; all or nothing. */
  write<T>(work: (writer: TableWriter) => Promise<T>): Promise<T>;
  /** One statement on what is no table of xCAT's; run again when the connection breaks, so it must not matter how often. */
  query<R>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  /** Holds a named advisory lock while `work` runs; `onWait` is called once with who holds it when it is not free at once. */
  lock<T>(name: string, work: () => Promise<T>, onWait?: (holder: string) => void): Promise<T>;
  /** Calls back after each committed change of a table until the returned function is called; `onLost` when the connection breaks. */
  listen(onChange: (table: string) => void, onLost: (error: Error) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
