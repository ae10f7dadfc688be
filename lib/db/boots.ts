import type { Asked, Boot, LastBoot, NfsCost, Part, RowOutcome } from '../stat/boot.ts';
import type { Piece, PieceTimes } from '../stat/blame.ts';
import type { Database } from './database.ts';

/** A status that a node reported by xCAT's protocol. */
export interface NodeStatus {
  readonly node: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Boots kept of each node. */
export const KEPT_BOOTS = 20;

/**
 * Adds reports, at most one for each boot, to what is known of these boots, and sets nodelist.status from a node's newest boot: netbooting, booting
 * (rows done), booted (root switched) or failed. Older boots than the newest 20 of a node go. Saving the same twice is saving it once.
 */
export async function saveBoots(database: Database, boots: readonly Boot[]): Promise<void> {
  if (boots.length === 0) return;
  const news = boots.map((boot) => ({ ...boot, begun: stamp(boot.begun), heard: stamp(boot.heard) }));
  const saved = await database.query<{ node: string; fresh: boolean }>(SAVE_BOOTS, [JSON.stringify(news)]);
  const fresh = saved.filter((row) => row.fresh).map(({ node }) => node);
  if (fresh.length > 0) await database.query(PRUNE_BOOTS, [fresh, KEPT_BOOTS]);
}

/** Notes who asked for a plan; the newest counts. */
export async function saveAsked(database: Database, asked: readonly Asked[]): Promise<void> {
  if (asked.length > 0) await database.query(SAVE_ASKED, [JSON.stringify(asked.map((each) => ({ ...each, asked: stamp(each.asked) })))]);
}

/** Notes when nodes were switched on, milliseconds since the epoch. */
export async function savePowerOn(database: Database, nodes: readonly string[], at: number): Promise<void> {
  if (nodes.length > 0) await database.query(SAVE_POWER, [nodes, stamp(at)]);
}

/** When each of the nodes was last switched on by a command here, milliseconds since the epoch; of one that has booted again by itself since, nothing. */
export async function readPowerOn(database: Database, nodes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ node: string; at: string }>(`SELECT node, ${milliseconds('at')} FROM statelite_power AS p WHERE node = ANY($1) AND (SELECT count(*) FROM statelite_boot AS b WHERE b.node = p.node AND b.begun > p.at) < 2`, [nodes]);
  return new Map(rows.map(({ node, at }) => [node, Number(at)]));
}

/** Sets nodelist.status and statustime. */
export async function saveStatuses(database: Database, statuses: readonly NodeStatus[]): Promise<void> {
  if (statuses.length > 0) await database.query(SAVE_STATUSES, [JSON.stringify(statuses.map((each) => ({ ...each, at: stamp(each.at) })))]);
}

/** The last boot of each of the nodes that reported one. */
export async function readLastBoots(database: Database, nodes: readonly string[]): Promise<readonly LastBoot[]> {
  const rows = await database.query<BootRow>(LAST_BOOTS, [nodes]);
  return rows.map(({ stopped, nfs, begun, heard, ...row }) => ({
    ...row, begun: Number(begun), heard: Number(heard), ...(stopped === null ? {} : { stopped }), ...(nfs === null ? {} : { nfs }),
  }));
}

/** What each of the nodes that asked for a plan was told last. */
export async function readAsked(database: Database, nodes: readonly string[]): Promise<readonly Asked[]> {
  const rows = await database.query<{ node: string; asked: string; answer: number; reason: string | null }>(LAST_ASKED, [nodes]);
  return rows.map(({ node, asked, answer, reason }) => ({ node, asked: Number(asked), answer, ...(reason === null ? {} : { reason }) }));
}

/** What the nodes' last boots were made of: rows, litetrees, init scripts, local disks, each with its time. */
export async function readPieces(database: Database, nodes: readonly string[]): Promise<readonly Piece[]> {
  const rows = await database.query<{ [Key in keyof Piece]: Piece[Key] | null }>(`${PIECES} SELECT * FROM pieces ORDER BY node, phase, name`, [nodes]);
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Piece);
}

/** How long each of these pieces took on how many nodes, those that cost most first. */
export const readPieceTimes = (database: Database, nodes: readonly string[]): Promise<readonly PieceTimes[]> => database.query<PieceTimes>(PIECE_TIMES, [nodes]);

// --- internal ---

interface BootRow {
  readonly node: string;
  readonly boot: string;
  readonly begun: string;
  readonly heard: string;
  readonly phases: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, RowOutcome>>;
  readonly parts: Readonly<Record<string, Part>>;
  readonly rows: number;
  readonly warnings: readonly string[];
  readonly stopped: string | null;
  readonly nfs: NfsCost | null;
}

const stamp = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** xCAT's form of a time in nodelist. */
const statusTime = (column: string): string => `to_char(${column}, 'MM-DD-YYYY HH24:MI:SS')`;

const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint AS ${column}`;

const SAVE_BOOTS = `
WITH saved AS (
  INSERT INTO statelite_boot AS b (node, boot, begun, heard, phases, good, failed, parts, rows, warnings, stopped, nfs)
  SELECT node, boot, begun, heard, phases, good, failed, parts, (SELECT count(*) FROM jsonb_object_keys(good || failed)), warnings, stopped, nfs
  FROM jsonb_to_recordset($1) AS n(node text, boot text, begun timestamptz, heard timestamptz, phases jsonb, good jsonb, failed jsonb, parts jsonb, warnings jsonb, stopped text, nfs jsonb)
  ON CONFLICT (node, boot) DO UPDATE SET
    begun = LEAST(b.begun, EXCLUDED.begun), heard = GREATEST(b.heard, EXCLUDED.heard),
    phases = b.phases || EXCLUDED.phases, good = b.good || EXCLUDED.good, failed = b.failed || EXCLUDED.failed, parts = b.parts || EXCLUDED.parts,
    rows = (SELECT count(*) FROM jsonb_object_keys(b.good || b.failed || EXCLUDED.good || EXCLUDED.failed)),
    warnings = b.warnings || (SELECT coalesce(jsonb_agg(w), '[]') FROM jsonb_array_elements(EXCLUDED.warnings) AS w WHERE NOT b.warnings @> w),
    stopped = coalesce(EXCLUDED.stopped, b.stopped), nfs = coalesce(EXCLUDED.nfs, b.nfs)
  RETURNING node, boot, begun, heard, phases, parts, stopped, xmax = 0 AS fresh
), newest AS (
  SELECT DISTINCT ON (node) node, heard, CASE
    WHEN stopped IS NOT NULL THEN 'failed' WHEN phases ? 'switch_root' AND (phases ? 'up' OR NOT parts ? 'services') THEN 'booted' WHEN phases ? 'rows' THEN 'booting' ELSE 'netbooting'
  END AS status
  FROM saved WHERE NOT EXISTS (SELECT FROM statelite_boot o WHERE o.node = saved.node AND o.boot <> saved.boot AND o.begun > saved.begun)
  ORDER BY node, begun DESC
), told AS (
  UPDATE nodelist SET status = newest.status, statustime = ${statusTime('newest.heard')} FROM newest
  WHERE nodelist.node = newest.node AND nodelist.status IS DISTINCT FROM newest.status
)
SELECT node, fresh FROM saved`;

const PRUNE_BOOTS = `
DELETE FROM statelite_boot AS b USING (
  SELECT node, boot, row_number() OVER (PARTITION BY node ORDER BY begun DESC) AS age FROM statelite_boot WHERE node = ANY($1)
) AS old WHERE old.age > $2 AND b.node = old.node AND b.boot = old.boot`;

const SAVE_ASKED = `
INSERT INTO statelite_asked AS a (node, asked, answer, reason)
SELECT node, asked, answer, reason FROM jsonb_to_recordset($1) AS n(node text, asked timestamptz, answer integer, reason text)
ON CONFLICT (node) DO UPDATE SET asked = EXCLUDED.asked, answer = EXCLUDED.answer, reason = EXCLUDED.reason WHERE a.asked <= EXCLUDED.asked`;

const SAVE_POWER = `
INSERT INTO statelite_power AS p (node, at) SELECT node, $2 FROM unnest($1::text[]) AS node ON CONFLICT (node) DO UPDATE SET at = GREATEST(p.at, EXCLUDED.at)`;

const SAVE_STATUSES = `
UPDATE nodelist SET status = n.status, statustime = ${statusTime('n.at')}
FROM jsonb_to_recordset($1) AS n(node text, status text, at timestamptz) WHERE nodelist.node = n.node`;

const LAST_BOOTS = `
SELECT DISTINCT ON (node) node, boot, ${milliseconds('begun')}, ${milliseconds('heard')}, phases, failed, parts, rows, warnings, stopped, nfs
FROM statelite_boot WHERE node = ANY($1) ORDER BY node, statelite_boot.begun DESC`;

const LAST_ASKED = `SELECT node, ${milliseconds('asked')}, answer, reason FROM statelite_asked WHERE node = ANY($1)`;

const PIECES = `
WITH last AS (
  SELECT DISTINCT ON (node) node, good || failed AS rows, parts FROM statelite_boot WHERE node = ANY($1) ORDER BY node, begun DESC
), pieces AS (
  SELECT node, 'rows' AS phase, key AS name, (value->>'ms')::float8 AS ms, (value->>'bytes')::float8 AS bytes, value->>'option' AS option, value->>'origin' AS origin, NULL AS detail
  FROM last, jsonb_each(rows) WHERE value ? 'ms'
  UNION ALL
  SELECT node, value->>'phase', key, (value->>'ms')::float8, NULL, NULL, NULL, value->>'detail' FROM last, jsonb_each(parts)
)`;

const PIECE_TIMES = `${PIECES}
SELECT phase, name, count(*)::integer AS nodes, percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) AS p95,
  coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY bytes), 0) AS bytes, json_build_object('node', (array_agg(node ORDER BY ms DESC, node))[1], 'took', max(ms)) AS slowest
FROM pieces GROUP BY phase, name ORDER BY p95 DESC, bytes DESC, name`;
