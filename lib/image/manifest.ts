import type { PolicyRow } from '../policy/policy.ts';

/** What liteimg did to a tree: kept at rootimg/.statelite/manifest.json, read by nodeset, statelited and the next liteimg. */
export interface Manifest {
  readonly version: 1;
  readonly image: string;
  /** The policy the tree was made for; a node's plan is compiled from these rows. */
  readonly rows: readonly PolicyRow[];
  /** Paths (in the tree, without trailing slash) that liteimg made because they were missing: removed again by undo. */
  readonly created: readonly string[];
}

export const MANIFEST = '.statelite/manifest.json';
