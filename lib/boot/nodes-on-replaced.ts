import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { readLastBoots } from '../db/boots.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { replaced, ROOT_TREE } from '../image/image-files.ts';
import type { Files } from '../system/files.ts';

/** Throws IMAGE_IN_USE while nodes run from the tree that genimage replaced: their last boot began before that, as far as they reported. `force` is the command that deletes it all the same. */
export async function refuseWhileNodesRun(database: Database, files: Files, cluster: Cluster, image: Pick<OsImage, 'name' | 'directory'>, force: string): Promise<void> {
  const tree = replaced(image.directory, ROOT_TREE);
  const fact = files.look(tree);
  if (fact === undefined) return;
  const replacedAt = Number(fact.changedNs / 1_000_000n);
  const boots = await readLastBoots(database, nodesOfImage(cluster, image.name));
  const nodes = boots.filter(({ begun, stopped }) => stopped === undefined && begun < replacedAt).map(({ node }) => node);
  if (nodes.length === 0) return;
  const range = formatNoderange(nodes);
  throw new StateliteError('IMAGE_IN_USE', `${range} ${nodes.length === 1 ? 'has' : 'have'} not booted since genimage replaced the tree ${nodes.length === 1 ? 'it runs' : 'they run'} from, which is ${tree} and would be deleted now`, {
    hint: `boot ${nodes.length === 1 ? 'it' : 'them'} again: rpower ${range} reset; or ${force}, after which they find no file any more`,
  });
}
