import { createHash } from 'node:crypto';
import { serverAddress } from '../cluster/addresses.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { STORE, type DiskPlan } from '../disks/disk-plan.ts';
import { disksOf, layoutsOf, partitionFileOf } from '../disks/node-disks.ts';
import { gather, StateliteError } from '../errors.ts';
import { scriptRulesOf } from '../overlay/script-rules.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { treesOf } from '../policy/trees.ts';
import type { BootPlan, PlanOverlay, PlanRow, Store } from './boot-plan.ts';
import { storeOf } from './store.ts';

/**
 * Compiles what one node needs to boot an image: its litetree sources, its store, and the image's rows as liteimg applied them.
 * Pure; the order of `rows` does not matter. Throws all at once: NO_STORE when a row is persistent and the node has no statelite row,
 * VARIABLE_UNSET or ROW_INVALID for unusable litetree and statelite rows, NO_DISK when a row is localdisk and no partition of the node is
 * the store, LAYOUT_INVALID for unusable disklayout rows, ROW_INVALID for unusable overlays.scripts, and what `overlaysOf` throws.
 */
export function compilePlan(cluster: Cluster, node: string, image: OsImage, rows: readonly PolicyRow[], overlaysOf: () => readonly PlanOverlay[] = none): BootPlan {
  const compiled = compileRows(rows);
  const [sources, store, disks, overlays, scripts] = gather(
    () => treesOf(cluster, node, image).map((source) => withAddress(cluster, source)),
    () => storeFor(cluster, node, compiled.homes.persistent),
    () => disksFor(cluster, node, image, compiled.homes.localdisk),
    overlaysOf,
    () => scriptRulesOf(cluster, node),
  );
  const facts = { version: 1 as const, node, image: image.name, sources, ...(store === undefined ? {} : { store }), ...(disks.length === 0 ? {} : { disks }), ...(overlays.length === 0 ? {} : { overlays }), ...(scripts.length === 0 ? {} : { scripts }) };
  const hash = createHash('sha256').update(JSON.stringify(facts)).update(compiled.digest).digest('hex');
  return freeze({ ...facts, rows: compiled.rows, hash });
}

/** The rows of a plan, which are the same for every node of an image; made once for the same rows. */
export const planRowsOf = (rows: readonly PolicyRow[]): readonly PlanRow[] => compileRows(rows).rows;

// --- internal ---

const none = (): readonly never[] => [];

interface CompiledRows {
  readonly rows: readonly PlanRow[];
  /** The paths that need a home on each node. */
  readonly homes: Readonly<Record<'persistent' | 'localdisk', readonly string[]>>;
  /** SHA-256 over the rows. */
  readonly digest: Buffer;
}

const KNOWN = new WeakMap<readonly PolicyRow[], CompiledRows>();

/** The same for every node of an image, so it is done once. */
function compileRows(rows: readonly PolicyRow[]): CompiledRows {
  const known = KNOWN.get(rows);
  if (known !== undefined) return known;
  const byPath = new Map(rows.map((row) => [row.real, row]));
  const planRows = freeze(rows.map((row) => planRow(row, byPath)).sort((a, b) => (a.path < b.path ? -1 : 1)));
  const pathsIn = (home: PlanRow['storage']): readonly string[] => planRows.filter(({ storage }) => storage === home).map(({ path }) => path);
  const compiled = { rows: planRows, homes: { persistent: pathsIn('persistent'), localdisk: pathsIn('localdisk') }, digest: createHash('sha256').update(JSON.stringify(planRows)).digest() };
  KNOWN.set(rows, compiled);
  return compiled;
}

/** A node that boots may have no name server yet: names of the hosts table are looked up here, others by the node. */
const withAddress = <T extends { readonly server?: string }>(cluster: Cluster, place: T): T =>
  (place.server === undefined ? place : { ...place, server: serverAddress(cluster, place.server) });

function storeFor(cluster: Cluster, node: string, homeless: readonly string[]): Store | undefined {
  const store = storeOf(cluster, node);
  if (store !== undefined) return withAddress(cluster, store);
  if (homeless.length === 0) return undefined;
  throw new StateliteError('NO_STORE', `${node}: ${listed(homeless)} persistent, but no statelite row says where the state of ${node} lives`, {
    hint: `chtab node=${node} statelite.statemnt=server:/directory   (or a group in its place)`,
  });
}

function disksFor(cluster: Cluster, node: string, image: OsImage, homeless: readonly string[]): readonly DiskPlan[] {
  const disks = disksOf(cluster, node, image);
  if (homeless.length === 0 || disks.some(({ parts, script }) => script !== undefined || parts.some(({ mount }) => mount === STORE))) return disks;
  const layouts = layoutsOf(cluster, node, image);
  const why = layouts.length === 0 ? `no disk layout is named for ${node}` : `no partition of the layout ${layouts.join(' or ')} has the mount point ${STORE}`;
  const file = partitionFileOf(cluster, node, image);
  if (file !== undefined) throw new StateliteError('NO_DISK', `${node}: ${listed(homeless)} localdisk, but partitionfile ${file} gives no [localspace]`, { hint: `write enable=yes and [localspace] dev=<partition> into ${file}, or chtab node=${node} localdisk.layout=<layout>` });
  throw new StateliteError('NO_DISK', `${node}: ${listed(homeless)} localdisk, but ${why}`, {
    hint: layouts.length === 0 ? `chtab node=${node} localdisk.layout=<layout>   (or a group in its place)` : `chtab layout=${layouts[0] ?? ''} label=<label> disklayout.mountpoint=${STORE}`,
  });
}

/** `/a is`, `/a and 4 more are`. */
const listed = ([first = '', ...others]: readonly string[]): string => (others.length === 0 ? `${first} is` : `${first} and ${others.length} more are`);

function planRow({ real, type, option, parent }: PolicyRow, rows: ReadonlyMap<string, PolicyRow>): PlanRow {
  const above = parent === undefined ? undefined : rows.get(parent)?.option;
  return {
    path: real,
    type,
    storage: option.storage,
    mode: option.mode,
    mechanism: option.mechanism,
    ...(parent === undefined ? {} : { parent }),
    covered: option.mode === 'rw' && above?.mode === 'rw' && above.storage === option.storage,
  };
}

function freeze<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part);
  return Object.freeze(value);
}
