import type { Variable } from '../cluster/variables.ts';
import type { PlanRow } from '../plan/boot-plan.ts';
import type { Level, PathFact } from '../policy/policy.ts';

/** Why a node sees what it sees at a path: every decision with its reason. A plain value. */
export interface Why {
  readonly node: string;
  readonly image: string;
  /** As asked for. */
  readonly path: string;
  readonly place: PathInImage;
  /** Every litefile row for the path or a directory above it. */
  readonly candidates: readonly Candidate[];
  /** The row that decides; unset when none covers the path. */
  readonly row?: DecidingRow;
  /** In the order they are searched. */
  readonly trees: readonly TreeSearch[];
  /** Where the content comes from, in words. */
  readonly from: string;
  readonly sees: Sight;
  /** What the path leads to in the image's tree as it is now, a step each. */
  readonly chain: readonly string[];
  /** Why liteimg must run before nodes get this; unset when it need not. */
  readonly pending?: string;
  /** What liteimg or nodeset would refuse. */
  readonly problems: readonly string[];
  /** The command that would make the path writable. */
  readonly suggestion?: string;
}

/** What a path is in the original image. */
export interface PathInImage extends PathFact {
  /** Symlinks on the way, with where they lead in the end. */
  readonly symlinks: readonly { readonly path: string; readonly leadsTo: string }[];
}

export interface Candidate {
  /** `litefile row image=ALL file=/var/log/`. */
  readonly row: string;
  readonly options: string;
  /** How specific it is for the image; unset when it is for others. */
  readonly level?: Level;
  readonly wins: boolean;
  readonly reason: string;
}

export interface DecidingRow extends PlanRow {
  /** litefile.options as written. */
  readonly written: string;
  /** `litefile row image=ALL file=/var/log/`, with what it beats. */
  readonly reason: string;
  /** False when the path lies below the row's directory. */
  readonly isOwn: boolean;
  /** Directory rows above it, nearest first. */
  readonly parents: readonly string[];
}

/** A litetree directory, and whether the content is in it. */
export interface TreeSearch {
  readonly priority: string;
  readonly written: string;
  readonly variables: readonly Variable[];
  /** `[server:]directory[ :options]` with variables replaced; unset when the row cannot be used. */
  readonly expanded?: string;
  readonly found: 'there' | 'missing' | 'unusable' | 'unseen';
  /** What an overlay does to the file that the others give. */
  readonly does?: 'adds' | 'deletes';
  /** What was looked at and what was found, or why not. */
  readonly note: string;
}

/** What the node's programs find. */
export interface Sight {
  readonly writable: boolean;
  /** Over a reboot. */
  readonly kept: boolean;
  /** Where on the node the content lies. */
  readonly where: string;
  readonly text: string;
}
