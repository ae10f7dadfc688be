import { STORE } from '../disks/disk-plan.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { reservedReason } from '../policy/path.ts';

/** What nodes may want of an image's tree besides litefile rows. */
export interface Needs {
  /** Where local disks are mounted, absolute, as written. */
  readonly mounts: readonly string[];
  /** Whether nodes use local disks or overlays, so that the image is of use without any row. */
  readonly any: boolean;
}

/**
 * Of all layouts but those that are named as another image: which nodes boot the image is often said later, by nodeset. A mount point that no node uses is an empty directory.
 * Rows that cannot be used are left out; nodeset and litecheck tell them.
 */
export function needsOf(cluster: Cluster, { name, osimage }: OsImage): Needs {
  const images = new Set(cluster.rows('osimage').map((row) => row['imagename']));
  const rows = cluster.rows('disklayout').filter(({ layout }) => layout === name || !images.has(layout));
  const mounts = rows.map((row) => (row['mountpoint'] ?? '').replace(/(?<=.)\/+$/, '')).filter((mount) => mount !== STORE && /^\/[^\s\0\\]+$/.test(mount) && !mount.split('/').some((part) => part === '.' || part === '..') && reservedReason(mount) === undefined);
  return { mounts: [...new Set(mounts)].sort(), any: rows.length > 0 || osimage['overlays'] !== undefined || cluster.rows('overlays').some((row) => row['overlays'] !== undefined) };
}
