import type { DiskPlan } from '../disks/disk-plan.ts';
import type { LiteOption } from '../policy/option.ts';
import type { Source } from '../policy/trees.ts';

export type { Source };

/** The node's persistent store: server:directory/<node> is mounted at /.statelite/persistent/<node>. */
export interface Store {
  readonly server: string;
  readonly directory: string;
  readonly options: string;
}

export interface PlanRow extends LiteOption {
  /** Path in the image's tree, symlinks resolved. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly parent?: string;
  /** True when the parent's content already gives this row all it promises: the node has nothing to do for it. */
  readonly covered: boolean;
}

/** Who may have an archive of overlay files: all nodes with the same overlays, this node, or this node and only from statelited. */
export type PartKind = 'shared' | 'own' | 'private';

/** An archive of overlay files that the node fetches and unpacks before its rows are carried out. */
export interface PlanOverlay {
  readonly kind: PartKind;
  /** SHA-256 of the archive, hex. */
  readonly hash: string;
  readonly bytes: number;
  /** Names of the overlays that have something in it, sorted. */
  readonly overlays: readonly string[];
}

/** What the tables say of an init script of the overlays. */
export interface PlanScript {
  readonly name: string;
  /** The node stops when it fails; else it is a warning. */
  readonly must: boolean;
  /** When it is ended, 0 for never; unset: as statelite.script-timeout says. */
  readonly seconds?: number;
}

/** All a node needs to reach the state its tables promise; a frozen value. */
export interface BootPlan {
  readonly version: 1;
  readonly node: string;
  readonly image: string;
  readonly sources: readonly Source[];
  readonly store?: Store;
  /** Local disks; unset for a node without any. */
  readonly disks?: readonly DiskPlan[];
  /** Unset when there are none. */
  readonly overlays?: readonly PlanOverlay[];
  /** Sorted by name; unset when the tables say nothing. */
  readonly scripts?: readonly PlanScript[];
  /** Parents before children, sorted by path. */
  readonly rows: readonly PlanRow[];
  /** SHA-256 over everything above, hex. */
  readonly hash: string;
}
