import type { DiskFact, DiskReport } from '../disks/facts.ts';
import type { Database } from './database.ts';

/** Hours after which an armed wipe no longer counts. */
export const WIPE_HOURS = 24;

/** The disks of a node at the last boot that told of them. */
export interface SeenDisks {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly seen: number;
  readonly disks: readonly DiskFact[];
}

/** A wipe that the next boot of the node carries out. */
export interface Wipe {
  readonly node: string;
  readonly id: string;
  /** As the layout names it. */
  readonly disk: string;
}

/** Keeps what nodes said of their disks, and disarms the wipes they carried out. Saving the same twice is saving it once. */
export async function saveDisks(database: Database, reports: readonly DiskReport[]): Promise<void> {
  if (reports.length > 0) await database.query(SAVE, [JSON.stringify(reports.map(({ seen, disks, ...report }) => ({ ...report, seen: new Date(seen).toISOString(), facts: disks })))]);
}

/** The disks of those of the nodes that told of them. */
export async function readDisks(database: Database, nodes: readonly string[]): Promise<readonly SeenDisks[]> {
  const rows = await database.query<{ node: string; seen: string; facts: readonly DiskFact[] }>(
    `SELECT node, (extract(epoch FROM seen) * 1000)::bigint AS seen, facts FROM statelite_disk WHERE node = ANY($1)`, [nodes]);
  return rows.map(({ node, seen, facts }) => ({ node, seen: Number(seen), disks: facts }));
}

/** Arms one wipe of a node's disk, in place of one that was armed before. */
export async function armWipe(database: Database, { node, id, disk }: Wipe): Promise<void> {
  await database.query(`INSERT INTO statelite_wipe (node, id, disk) VALUES ($1, $2, $3)
ON CONFLICT (node) DO UPDATE SET id = EXCLUDED.id, disk = EXCLUDED.disk, armed = now(), done = NULL`, [node, id, disk]);
}

/** Takes an armed wipe back; false when none was armed. */
export async function disarmWipe(database: Database, node: string): Promise<boolean> {
  return (await database.query(`DELETE FROM statelite_wipe WHERE node = $1 AND done IS NULL RETURNING node`, [node])).length > 0;
}

/** The wipes of the nodes that are armed and not too old. */
export function readWipes(database: Database, nodes: readonly string[]): Promise<readonly Wipe[]> {
  return database.query<{ node: string; id: string; disk: string }>(
    `SELECT node, id, disk FROM statelite_wipe WHERE node = ANY($1) AND done IS NULL AND armed > now() - $2 * interval '1 hour'`, [nodes, WIPE_HOURS]);
}

// --- internal ---

const SAVE = `
WITH n AS (SELECT * FROM jsonb_to_recordset($1) AS n(node text, boot text, seen timestamptz, facts jsonb, wiped jsonb)),
done AS (UPDATE statelite_wipe w SET done = n.seen FROM n WHERE w.node = n.node AND w.done IS NULL AND n.wiped ? w.id)
INSERT INTO statelite_disk AS d (node, boot, seen, facts) SELECT node, boot, seen, facts FROM n
ON CONFLICT (node) DO UPDATE SET boot = EXCLUDED.boot, seen = EXCLUDED.seen, facts = EXCLUDED.facts WHERE d.seen <= EXCLUDED.seen`;
