import { StateliteError } from '../errors.ts';
import type { Cluster } from './cluster.ts';

/** The nodes that boot an image as the tables are now, by its name; nodes of which that cannot be told are none. */
export const nodesOfImage = (cluster: Cluster, name: string): readonly string[] => cluster.nodes.filter((node) => {
  try {
    return cluster.imageOf(node).name === name;
  } catch (error) {
    if (error instanceof StateliteError) return false;
    throw error;
  }
});
