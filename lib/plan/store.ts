import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { expandVariables } from '../cluster/variables.ts';
import { StateliteError } from '../errors.ts';
import type { Store } from './boot-plan.ts';

/**
 * Where a node's persistent files live: the first enabled row of the statelite table for the node itself, then for its groups in
 * order, whose image is empty, ALL, the image or one of its groups. Undefined when there is none; an unusable row throws ROW_INVALID.
 */
export function storeOf(cluster: Cluster, node: string, image: OsImage): Store | undefined {
  const rows = cluster.rows('statelite').filter((row) => row['statemnt'] !== undefined && appliesTo(row['image'] ?? '', image));
  for (const name of [node, ...cluster.groupsOf(node)]) {
    const row = rows.find((candidate) => candidate['node'] === name);
    if (row === undefined) continue;
    const where = `statelite row node=${name}`;
    const mount = expandVariables(cluster, node, row['statemnt'] ?? '', where);
    const parts = /^(\[[^\]]+\]|[^:/]+):(\/.*)$/.exec(mount);
    if (parts?.[1] === undefined || parts[2] === undefined) {
      throw new StateliteError('ROW_INVALID', `${where}: statemnt is "${mount}", wanted server:/directory`, { hint: `chtab node=${name} statelite.statemnt=server:/directory` });
    }
    return { server: parts[1], directory: parts[2].replace(/(.)\/+$/, '$1'), options: row['mntopts'] ?? '' };
  }
  return undefined;
}

// --- internal ---

const appliesTo = (image: string, wanted: OsImage): boolean =>
  image === '' || image === 'ALL' || image === wanted.name || wanted.groups.includes(image);
