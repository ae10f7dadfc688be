import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { DiskPlan } from './disk-plan.ts';
import { readLayout, type ReadLayout } from './layout.ts';
import { partitionPath, readPartitionFile, type PartitionRows } from './partition-file.ts';

/**
 * The local disks a node has with an image: of the layouts that localdisk.layout names, else of the layout that is named as the image, else of the
 * image's partition file. None without any. Throws LAYOUT_INVALID with everything that is wrong.
 */
export function disksOf(cluster: Cluster, node: string, image: OsImage): readonly DiskPlan[] {
  const names = layoutsOf(cluster, node, image);
  if (names.length === 0) return [];
  const known = KNOWN.get(cluster) ?? new Map<string, ReadLayout>();
  KNOWN.set(cluster, known);
  const key = names.join(',');
  const path = partitionFileOf(cluster, node, image);
  const read = path === undefined ? known.get(key) ?? readNamed(cluster, names) : readFile(cluster, path);
  if (path === undefined) known.set(key, read);
  throwProblems(read.problems);
  return read.disks;
}

/** The names of a node's layouts; a partition file counts as one. */
export function layoutsOf(cluster: Cluster, node: string, image: OsImage): readonly string[] {
  const path = partitionFileOf(cluster, node, image);
  if (path !== undefined) return [path];
  const written = cluster.attribute(node, 'localdisk.layout')?.value;
  if (written === undefined) return hasLayout(cluster, image) ? [image.name] : [];
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

/** linuximage.partitionfile, when it is what says what a node's disks are like: `<file>`, or `s:<script>`. */
export function partitionFileOf(cluster: Cluster, node: string, { linuximage: { partitionfile }, ...image }: OsImage): string | undefined {
  return cluster.attribute(node, 'localdisk.layout') !== undefined || hasLayout(cluster, image) ? undefined : partitionfile;
}

/** What is in that file now; undefined without one. */
export function partitionTextOf(cluster: Cluster, node: string, image: OsImage): string | undefined {
  const path = partitionFileOf(cluster, node, image);
  const found = path === undefined ? undefined : partitionPath(path);
  return found === undefined ? undefined : cluster.textOf(found.path);
}

/** A partition file as it is now, with the text of a script in place of rows. Throws LAYOUT_INVALID when there is nothing to read. */
export function readPartitions(cluster: Cluster, written: string): PartitionRows & { readonly script?: string } {
  const file = partitionPath(written);
  if (file === undefined) throw new StateliteError('LAYOUT_INVALID', `partitionfile is ${JSON.stringify(written)}, wanted the path of a file, or s: and that of a script`, { hint: HINT });
  const text = readOrSay(cluster, file.path);
  if (text === undefined) throw new StateliteError('LAYOUT_INVALID', `partitionfile ${file.path} is not there`, { hint: HINT });
  return file.isScript ? { rows: [], problems: [], notices: [], script: text } : readPartitionFile(text, file.path);
}

// --- internal ---

const HINT = 'chdef -t osimage <image> partitionfile=<file>';

const hasLayout = (cluster: Cluster, { name }: Pick<OsImage, 'name'>): boolean => cluster.rows('disklayout').some((row) => row['layout'] === name);

function readOrSay(cluster: Cluster, path: string): string | undefined {
  try {
    return cluster.textOf(path);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    throw new StateliteError('LAYOUT_INVALID', `partitionfile ${path} cannot be read: ${error.message}`, { hint: HINT, cause: error });
  }
}

function readFile(cluster: Cluster, path: string): ReadLayout {
  const { rows, problems, script } = readPartitions(cluster, path);
  if (script !== undefined) return { disks: [{ disk: 'first-empty', parts: [], script }], problems };
  const layout = readLayout(rows);
  return { disks: Object.freeze(layout.disks), problems: [...problems, ...layout.problems] };
}

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
