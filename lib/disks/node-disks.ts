import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { DiskPlan } from './disk-plan.ts';
import { readLayout, type ReadLayout } from './layout.ts';

/**
 * The local disks a node has with an image: of the layouts that localdisk.layout names, else of the layout that is named as the image.
 * None without either. Throws LAYOUT_INVALID with everything that is wrong.
 */
export function disksOf(cluster: Cluster, node: string, image: OsImage): readonly DiskPlan[] {
  const names = layoutsOf(cluster, node, image);
  if (names.length === 0) return [];
  const known = KNOWN.get(cluster) ?? new Map<string, ReadLayout>();
  KNOWN.set(cluster, known);
  const key = names.join(',');
  const read = known.get(key) ?? readNamed(cluster, names);
  known.set(key, read);
  throwProblems(read.problems);
  return read.disks;
}

/** The names of a node's layouts. */
export function layoutsOf(cluster: Cluster, node: string, image: OsImage): readonly string[] {
  const written = cluster.attribute(node, 'localdisk.layout')?.value;
  if (written === undefined) return cluster.rows('disklayout').some((row) => row['layout'] === image.name) ? [image.name] : [];
  return written.split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'none');
}

/** Where every one of these nodes has a local disk that it may write to, as written; none for no node. */
export function commonMounts(cluster: Cluster, nodes: readonly string[], image: OsImage): readonly string[] {
  const rows = cluster.rows('disklayout');
  if (rows.length === 0) return [];
  const lists = new Set(nodes.map((node) => layoutsOf(cluster, node, image).join(',')));
  const all = [...lists].map((list) => new Set(rows.flatMap(({ layout = '', mountpoint = '', mntopts = '' }) => (list.split(',').includes(layout) && mountpoint.startsWith('/') && !mntopts.split(',').includes('ro') ? [mountpoint.replace(/(?<=.)\/+$/, '')] : []))));
  const [first = new Set<string>(), ...others] = all;
  return [...first].filter((mount) => others.every((mounts) => mounts.has(mount)));
}

// --- internal ---

/** The same for every node with the same layouts, so it is done once. */
const KNOWN = new WeakMap<Cluster, Map<string, ReadLayout>>();

function readNamed(cluster: Cluster, names: readonly string[]): ReadLayout {
  const rows = cluster.rows('disklayout');
  const missing = names.filter((name) => !rows.some((row) => row['layout'] === name)).map((name) =>
    new StateliteError('LAYOUT_INVALID', `localdisk.layout names ${name}, but no enabled disklayout row is of that layout`, {
      hint: `chtab layout=${name} label=scratch disklayout.disk=first-empty disklayout.number=1 disklayout.fstype=ext4 disklayout.mountpoint=store`,
    }));
  const read = readLayout(rows.filter((row) => names.includes(row['layout'] ?? '')));
  return { disks: Object.freeze(read.disks), problems: [...missing, ...read.problems] };
}
