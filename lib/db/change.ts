import { keyText, rowName } from '../../tables/check-row.ts';
import { tableOf } from '../../tables/index.ts';
import type { Row } from '../../tables/table.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
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

/** What is different between two states of a table, in order of the keys. */
export function changesBetween(table: string, before: readonly Row[], after: readonly Row[]): readonly Change[] {
  const byKey = (rows: readonly Row[]): ReadonlyMap<string, Row> => new Map(rows.map((row) => [keyText(tableOf(table), row), row]));
  const [old, now] = [byKey(before), byKey(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ table, ...was && { before: was }, ...is && { after: is } }];
  });
}

/** One line for each row, or for all nodes with the same change: `noderes row node=n[01-16]: netboot: pxe -> grub2`. */
export function renderChanges(changes: readonly Change[]): string {
  const alike = new Map<string, { readonly table: string; readonly nodes: string[]; readonly row: Row; readonly text: string }>();
  for (const { table, before, after } of changes) {
    const row = after ?? before ?? {};
    const isNode = tableOf(table).keys.join(',') === 'node';
    const text = textOf(table, before, after);
    const key = JSON.stringify([table, text, isNode ? '' : rowName(tableOf(table), row)]);
    const entry = alike.get(key) ?? { table, nodes: [], row, text };
    entry.nodes.push(row['node'] ?? '');
    alike.set(key, entry);
  }
  return [...alike.values()].map(({ table, nodes, row, text }) => {
    const name = rowName(tableOf(table), nodes.length > 1 ? { ...row, node: formatNoderange(nodes) } : row);
    return `${name}: ${text}`;
  }).join('\n');
}

// --- internal ---

class Undo extends Error {}

// Keeps each table as it was before the first change of it.
function recording(writer: TableWriter, touched: Map<string, readonly Row[]>): TableWriter {
  const note = async (table: string): Promise<void> => {
    if (!touched.has(table)) touched.set(table, await writer.rows(table, {}));
  };
  return {
    read: (tables, nodes) => writer.read(tables, nodes),
    rows: (table, where) => writer.rows(table, where),
    upsert: async (table, row) => { await note(table); await writer.upsert(table, row); },
    put: async (table, rows) => { await note(table); await writer.put(table, rows); },
    remove: async (table, where) => { await note(table); return writer.remove(table, where); },
    removeEach: async (table, wheres) => { await note(table); await writer.removeEach(table, wheres); },
    replace: async (table, rows) => { await note(table); await writer.replace(table, rows); },
    keep: (name, content) => writer.keep(name, content),
  };
}

async function changesOf(writer: TableWriter, touched: ReadonlyMap<string, readonly Row[]>): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const [table, rows] of touched) changes.push(...changesBetween(table, rows, await writer.rows(table, {})));
  return changes;
}

function textOf(table: string, before: Row | undefined, after: Row | undefined): string {
  if (after === undefined) return 'removed';
  const columns = tableOf(table).columns.map((column) => column.name).filter((column) => !(before === undefined && tableOf(table).keys.includes(column)));
  const cells = columns.filter((column) => before?.[column] !== after[column]).map((column) => `${column}: ${shown(before?.[column])} -> ${shown(after[column])}`);
  return [...before === undefined ? ['new'] : [], ...cells].join(', ');
}

const shown = (value: string | undefined): string => value === undefined ? '(unset)' : /[\n,]|^$/.test(value) ? JSON.stringify(value) : value;
