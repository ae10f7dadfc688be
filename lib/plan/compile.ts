import { createHash } from 'node:crypto';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { treesOf } from '../policy/trees.ts';
import type { BootPlan, PlanRow } from './boot-plan.ts';
import { storeOf } from './store.ts';

/**
 * Compiles what one node needs to boot an image: its litetree sources, its store, and the image's rows as liteimg applied them.
 * Pure; the order of `rows` does not matter. Throws NO_STORE when a row is persistent and the node has no statelite row, and
 * VARIABLE_UNSET or ROW_INVALID for unusable litetree and statelite rows.
 */
export function compilePlan(cluster: Cluster, node: string, image: OsImage, rows: readonly PolicyRow[]): BootPlan {
  const byPath = new Map(rows.map((row) => [row.real, row]));
  const planRows = rows.map((row) => planRow(row, byPath)).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const disk = planRows.find((row) => row.storage === 'localdisk');
  if (disk !== undefined) {
    throw new StateliteError('LITEFILE_INVALID', `${node}: ${disk.path} is localdisk, but this version sets up no local disks`, {
      hint: 'use persistent or tmpfs for this row, then run liteimg again',
    });
  }
  const store = storeOf(cluster, node, image);
  const homeless = planRows.find((row) => row.storage === 'persistent');
  if (homeless !== undefined && store === undefined) {
    throw new StateliteError('NO_STORE', `${node}: ${homeless.path} is persistent, but no statelite row says where the state of ${node} lives`, {
      hint: `chtab node=${node} statelite.statemnt=server:/directory   (or node=<group>)`,
    });
  }
  const plan = {
    version: 1 as const,
    node,
    image: image.name,
    sources: treesOf(cluster, node, image),
    ...(store === undefined ? {} : { store }),
    rows: planRows,
  };
  return freeze({ ...plan, hash: createHash('sha256').update(JSON.stringify(plan)).digest('hex') });
}

// --- internal ---

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
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part);
  return Object.freeze(value);
}
