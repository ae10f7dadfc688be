import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { commonMounts } from '../disks/node-disks.ts';
import { below } from '../image/layout.ts';
import { locate, readFacts, type Place } from '../image/locate.ts';
import { createdPaths, type Past } from '../image/manifest.ts';
import type { ImageTree, TreeNode } from '../image/tree.ts';
import { isWithin, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PathFact, PolicyRow, Selection } from '../policy/policy.ts';
import { resolveRows, type ResolvedRows } from '../policy/resolve.ts';

/** An image as the checks look at it: its tree as it would be without liteimg, and the rows that are for it. */
export interface ImageView {
  readonly cluster: Cluster;
  readonly image: OsImage;
  readonly rootimg: string;
  readonly selection: Selection;
  readonly facts: ReadonlyMap<string, PathFact>;
  readonly resolved: ResolvedRows;
  /** Where a path leads, as chroot would find it. */
  find(path: string): Place;
  /** A regular file's text, undefined when there is none; never outside the image. */
  read(path: string): string | undefined;
  /** Names in a directory. */
  names(path: string): readonly string[];
  /** The same with what each name is, symlinks as such. */
  entries(path: string): readonly { readonly name: string; readonly node: TreeNode | undefined }[];
  /** Type, mode and the rest of what a path leads to. */
  look(path: string): TreeNode['fact'] | undefined;
  /** The row that decides what a node sees at a path: its own, or that of the nearest directory above. */
  rowOver(path: string): PolicyRow | undefined;
  /** True when nodes can write there: by a row, on a local disk that all of them have, or because it is volatile. */
  isWritable(path: string): boolean;
}

export function viewImage(cluster: Cluster, image: OsImage, tree: ImageTree, past: Past, selection: Selection): ImageView {
  const created = createdPaths(past);
  const facts = readFacts(tree, selection.rows.map(({ path }) => path), created);
  const resolved = resolveRows(selection, facts);
  const byReal = new Map(resolved.rows.map((row) => [row.real, row]));
  const find = (path: string): Place => locate(tree, path, created);
  const rowOver = (path: string): PolicyRow | undefined => {
    const { real } = find(path);
    for (let at = real; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const row = byReal.get(at);
      if (row !== undefined && (at === real || row.type === 'directory')) return row;
    }
    return undefined;
  };
  const mounts = commonMounts(cluster, nodesOfImage(cluster, image.name), image).map((mount) => find(mount).real);
  return {
    cluster, image, rootimg: tree.rootimg, selection, facts, resolved, find, rowOver,
    read: (path) => {
      const { node } = find(path);
      return node === undefined ? undefined : tree.content(node)?.toString('utf8');
    },
    names: (path) => tree.names(find(path).physical),
    entries: (path) => {
      const { physical } = find(path);
      return tree.names(physical).map((name) => ({ name, node: tree.at(below(physical, name)) }));
    },
    look: (path) => find(path).node?.fact,
    isWritable: (path) => {
      const { real } = find(path);
      const row = rowOver(path);
      return VOLATILE_ROOTS.some((root) => isWithin(real, root)) || mounts.some((mount) => isWithin(real, mount)) || (row !== undefined && row.option.mode !== 'ro');
    },
  };
}
