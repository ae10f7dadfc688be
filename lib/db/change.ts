import { rowName } from '../../tables/check-row.ts';
import { tableOf } from '../../tables/index.ts';
import type { Row } from '../../tables/table.ts';
import type { Database, TableWriter } from './database.ts';

/** What happened to a row: `before` is missing for a new one, `after` for a removed one. */
export interface Change {
  readonly table: string;
  readonly before?: Row;
  readonly after?: Row;
}

/**
 * Runs `work` in one transaction. With `dryRun` it runs all the same, with every check, then everything is rolled back and the text says
 * what would have changed; without, the text is what `work` returns.
 */
export async function change(database: Database, dryRun: boolean, work: (writer: TableWriter) => Promise<string>): Promise<string> {
  if (!dryRun) return database.write(work);
  let text = '';
  const undo = new Undo();
  try {
    await database.write(async (writer) => {
      const touched = new Map<string, readonly Row[]>();
      await work(recording(writer, touched));
      text = renderChanges(await changesOf(writer, touched));
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return text === '' ? 'nothing would change' : text;
}

/** One line a row: `noderes row node=n01: netboot: pxe -> grub2`. */
export const renderChanges = (changes: readonly Change[]): string => changes.map(({ table, before, after }) => {
  const name = rowName(tableOf(table), after ?? before ?? {});
  if (after === undefined) return `${name}: removed`;
  const columns = tableOf(table).columns.map((column) => column.name).filter((column) => !(before === undefined && tableOf(table).keys.includes(column)));
  const cells = columns.filter((column) => before?.[column] !== after[column])
    .map((column) => `${column}: ${shown(before?.[column])} -> ${shown(after[column])}`);
  return `${name}: ${[...before === undefined ? ['new'] : [], ...cells].join(', ')}`;
}).join('\n');

// --- internal ---

class Undo extends Error {}

// Keeps each table as it was before the first change of it.
function recording(writer: TableWriter, touched: Map<string, readonly Row[]>): TableWriter {
  const note = async (table: string): Promise<void> => {
    if (!touched.has(table)) touched.set(table, await writer.rows(table, {}));
  };
  return {
    read: (tables) => writer.read(tables),
    rows: (table, where) => writer.rows(table, where),
    upsert: async (table, row) => { await note(table); await writer.upsert(table, row); },
    put: async (table, rows) => { await note(table); await writer.put(table, rows); },
    remove: async (table, where) => { await note(table); return writer.remove(table, where); },
    replace: async (table, rows) => { await note(table); await writer.replace(table, rows); },
  };
}

async function changesOf(writer: TableWriter, touched: ReadonlyMap<string, readonly Row[]>): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const [table, rows] of touched) {
    const nameOf = (row: Row): string => rowName(tableOf(table), row);
    const before = new Map(rows.map((row) => [nameOf(row), row]));
    const after = new Map((await writer.rows(table, {})).map((row) => [nameOf(row), row]));
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [old, now] = [before.get(name), after.get(name)];
      if (JSON.stringify(old) !== JSON.stringify(now)) changes.push({ table, ...old && { before: old }, ...now && { after: now } });
    }
  }
  return changes;
}

const shown = (value: string | undefined): string => value === undefined ? '(unset)' : /[\n,]|^$/.test(value) ? JSON.stringify(value) : value;
