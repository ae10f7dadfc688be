import type { BootPlan, PlanRow } from '../plan/boot-plan.ts';
import { diffPlans, type Change } from '../plan/diff.ts';

/** A row that is done on the running node, and how. */
export interface LiveRow {
  /** `refresh`: its content is made anew from the sources the node has mounted; `add`: it was not there at boot. */
  readonly action: 'refresh' | 'add';
  readonly row: PlanRow;
}

/** What brings a running node nearer to the plan it would get at its next boot. */
export interface LiveChange {
  readonly rows: readonly LiveRow[];
  /** For the node's script: the rows above, each for itself, with the sources and the store as the node has them mounted. */
  readonly scratch: BootPlan;
  /** What the node has when all of it is done. */
  readonly after: BootPlan;
  /** What only a boot can bring, as liteplan tells it. */
  readonly atBoot: readonly Change[];
}

/**
 * Divides the difference between the plan a node booted with and the one it would get now. Safe while it runs: `ro` and `con` rows made anew,
 * rows that are new and stand alone. Everything that would move what the node has written, or mount over what it may have open, waits for a boot:
 * changed options, rows that are gone, sources and stores, rows inside another row, overlays, local disks.
 */
export function liveChange(running: BootPlan, wanted: BootPlan): LiveChange {
  const known = new Map(running.rows.map((row) => [row.path, row]));
  const rows = wanted.rows.flatMap((row): LiveRow[] => {
    const old = known.get(row.path);
    if (old === undefined) return isAddable(row, running) ? [{ action: 'add', row: alone(row) }] : [];
    return isRefreshed(row) && isSame(old, row) ? [{ action: 'refresh', row: alone(row) }] : [];
  });
  const added = rows.filter(({ action }) => action === 'add').map(({ row }) => row);
  const after = { ...running, rows: [...running.rows, ...added].sort((one, other) => (one.path < other.path ? -1 : 1)) };
  return {
    rows, after,
    scratch: { version: 1, node: running.node, image: running.image, hash: running.hash, sources: running.sources, ...(running.store === undefined ? {} : { store: running.store }), rows: rows.map(({ row }) => row) },
    atBoot: diffPlans(after, wanted).filter(({ what }) => what !== 'hash'),
  };
}

/** The same without rows that are kept on a server: a look changes nothing there. */
export const withoutStore = (plan: BootPlan): BootPlan => ({ ...plan, rows: plan.rows.filter(({ storage }) => storage !== 'persistent') });

// --- internal ---

const isRefreshed = ({ storage, mode, mechanism, type }: PlanRow): boolean => storage === 'tmpfs' && ((mode === 'con' && type === 'file' && mechanism !== 'overlay') || (mode === 'ro' && mechanism === 'link'));

/** A read-only bind has no place in RAM, an overlay has layers: they want mounts in the order of a boot. So does a store that the node has not. */
const isAddable = ({ storage, mode, mechanism, parent }: PlanRow, { store }: BootPlan): boolean =>
  parent === undefined && storage !== 'localdisk' && (storage !== 'persistent' || store !== undefined) && (mechanism === 'link' || (mechanism === 'bind' && mode !== 'ro' && storage === 'tmpfs'));

const isSame = (one: PlanRow, other: PlanRow): boolean =>
  one.storage === other.storage && one.mode === other.mode && one.mechanism === other.mechanism && one.type === other.type && one.parent === other.parent;

function alone({ path, type, storage, mode, mechanism }: PlanRow): PlanRow {
  return { path, type, storage, mode, mechanism, covered: false };
}
