import type { Cluster, OsImage } from '../cluster/cluster.ts';
import type { Policy } from '../policy/policy.ts';
import { resolvePolicy } from '../policy/resolve.ts';
import { litefileRows } from '../policy/select.ts';
import { readFacts } from './locate.ts';
import { createdPaths, type Past } from './manifest.ts';
import type { ImageTree } from './tree.ts';

/** What the tables ask of an image's tree, the same whether liteimg has run on it or not. Throws every problem of the rows at once. */
export function imagePolicy(tree: ImageTree, cluster: Cluster, image: OsImage, past: Past): Policy {
  const selection = litefileRows(cluster, image);
  return resolvePolicy(image.name, selection, readFacts(tree, selection.rows.map(({ path }) => path), createdPaths(past)));
}
