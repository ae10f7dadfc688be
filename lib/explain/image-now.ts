import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { changedRows, listChanges } from '../image/changed-rows.ts';
import { imagePolicy } from '../image/image-policy.ts';
import { createdPaths, readPast, type Past } from '../image/manifest.ts';
import { findRootimg } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { Notice, PolicyRow } from '../policy/policy.ts';
import type { Files } from '../system/files.ts';

/** What the tables ask of an image now, and whether liteimg has done that. */
export interface ImageNow {
  readonly image: OsImage;
  readonly rows: readonly PolicyRow[];
  readonly notices: readonly Notice[];
  /** Paths that liteimg made because they were missing. */
  readonly created: readonly string[];
  /** Why liteimg must run before nodes get these rows; unset when it need not. */
  readonly pending?: string;
}

/** Looks at an image as the tables are now. Throws IMAGE_MISSING, and every problem of its litefile rows. */
export function imageNow(files: Files, cluster: Cluster, image: OsImage): ImageNow {
  const rootimg = findRootimg(files, image);
  const past = readPast(files, rootimg);
  const { rows, notices } = imagePolicy(new ImageTree(files, rootimg), cluster, image, past);
  const pending = pendingReason(past, rows);
  return { image, rows, notices, created: [...createdPaths(past)], ...(pending === undefined ? {} : { pending }) };
}

/** Why liteimg must run before nodes get these rows, or undefined. */
export function pendingReason({ manifest, journal }: Past, rows: readonly PolicyRow[]): string | undefined {
  if (journal !== undefined) return 'liteimg was stopped before it was done, or is at work now';
  if (manifest === undefined) return 'liteimg has not prepared the image';
  const changes = changedRows(manifest.rows, rows);
  return changes.length === 0 ? undefined : `litefile rows changed since liteimg ran: ${listChanges(changes)}`;
}
