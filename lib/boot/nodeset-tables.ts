import type { Row, TableData } from '../../tables/table.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import type { Database } from '../db/database.ts';
import type { NodeState } from './node-boot.ts';

/** Table name to rows of that table to write, each with its key. */
export type RowChanges = ReadonlyMap<string, readonly Row[]>;

/** The tables as they are once nodetype says which image each node boots: plans and `$nodetype` variables are made from these. */
export function withImages(tables: TableData, images: ReadonlyMap<string, OsImage>): TableData {
  return { ...tables, nodetype: merge(tables['nodetype'] ?? [], [...images].map(([node, image]) => nodetypeRow(node, image))) };
}

/** What nodeset notes of these nodes in nodetype, bootparams and chain; only rows that differ from what the tables hold. */
export function rowChanges(cluster: Cluster, states: readonly NodeState[]): RowChanges {
  const wanted: [string, Row[]][] = [
    ['nodetype', states.flatMap(({ node, image }) => {
      const found = image === undefined ? undefined : cluster.image(image);
      return found === undefined ? [] : [nodetypeRow(node, found)];
    })],
    ['bootparams', states.flatMap(({ node, kernel, initrd, kcmdline }) => (kernel === undefined || initrd === undefined || kcmdline === undefined ? [] : [{ node, kernel, initrd, kcmdline }]))],
    ['chain', states.map(({ node, state }) => ({ node, currstate: state }))],
  ];
  return new Map(wanted.map(([table, rows]) => [table, rows.filter(differsFrom(cluster.tables[table] ?? []))]));
}

/** Writes all changes in one transaction; none is no transaction. Many rows replace their table, which is one statement. */
export async function writeChanges(database: Database, changes: RowChanges): Promise<void> {
  if ([...changes.values()].every((rows) => rows.length === 0)) return;
  await database.write(async (writer) => {
    for (const [table, rows] of changes) {
      if (rows.length > MANY) await writer.replace(table, merge(await writer.rows(table, {}), rows));
      else for (const row of rows) await writer.upsert(table, row);
    }
  });
}

// --- internal ---

const MANY = 100;

/** A disabled row would hide the image from the node, so the row is enabled. */
const nodetypeRow = (node: string, { name, os, arch, profile }: OsImage): Row => ({ node, provmethod: name, os, arch, profile, disable: '' });

const keyed = (rows: readonly Row[]): Map<string, Row> => new Map(rows.map((row) => [row['node'] ?? '', row]));

function merge(rows: readonly Row[], changes: readonly Row[]): readonly Row[] {
  const merged = keyed(rows);
  for (const row of changes) merged.set(row['node'] ?? '', { ...merged.get(row['node'] ?? ''), ...row });
  return [...merged.values()].map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')));
}

function differsFrom(rows: readonly Row[]): (row: Row) => boolean {
  const present = keyed(rows);
  return (row) => Object.entries(row).some(([column, value]) => (present.get(row['node'] ?? '')?.[column] ?? '') !== value);
}
