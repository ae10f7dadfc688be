import { StateliteError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { formatNoderange } from './format-noderange.ts';

/** The nodes that boot an image as the tables are now, by its name; nodes of which that cannot be told are none. */
export const nodesOfImage = (cluster: Cluster, name: string): readonly string[] => cluster.nodes.filter((node) => {
  try {
    return cluster.imageOf(node).name === name;
  } catch (error) {
    if (error instanceof StateliteError) return false;
    throw error;
  }
});

/** What stands against an image's going, IMAGE_IN_USE: the nodes that are set to it; `anyway` is the command that does it all the same. */
export function imageInUse(cluster: Cluster, name: string, anyway: string): StateliteError | undefined {
  const nodes = nodesOfImage(cluster, name);
  if (nodes.length === 0) return undefined;
  const range = formatNoderange(nodes);
  return new StateliteError('IMAGE_IN_USE', `${nodes.length === 1 ? 'the node' : `${nodes.length} nodes`} ${range} ${nodes.length === 1 ? 'is' : 'are'} set to ${name}`, {
    hint: `nodeset ${range} osimage=<another image>, or ${anyway}`,
  });
}
