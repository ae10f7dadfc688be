import type { Cluster } from '../cluster/cluster.ts';
import { expandVariables } from '../cluster/variables.ts';
import { StateliteError } from '../errors.ts';
import type { Store } from './boot-plan.ts';

/**
 * Where a node's persistent files live: statelite.statemnt of the node's own row, else of its first group that has one. Undefined when
 * there is none. Throws ROW_INVALID for an unusable row, and what expanding its variables says.
 */
export function storeOf(cluster: Cluster, node: string): Store | undefined {
  const statement = cluster.attribute(node, 'statelite.statemnt');
  if (statement === undefined) return undefined;
  const where = `statelite row node=${statement.from}`;
  const text = expandVariables(cluster, node, statement.value, where);
  const [, server, directory = ''] = /^(\[[^\]\s]+\]|[^:/\s]+):(\/[^\0\n]*)$/.exec(text) ?? [];
  if (server === undefined || directory.split('/').includes('..')) {
    throw new StateliteError('ROW_INVALID', `${where}: the store of ${node} is ${JSON.stringify(text)}, wanted server:/directory`, {
      hint: `chtab node=${statement.from} statelite.statemnt=server:/directory`,
    });
  }
  return { server, directory: directory.replace(/(.)\/+$/, '$1'), options: cluster.attribute(node, 'statelite.mntopts')?.value ?? '' };
}
