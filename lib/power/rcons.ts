import type { Cluster } from '../cluster/cluster.ts';
import { done, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { ipmiConsole } from './ipmi.ts';
import { hardwareTarget } from './target.ts';

/** Joins this terminal to the console of a node until the user leaves it. Throws NODE_UNKNOWN, NODE_INCOMPLETE and what the way there throws. */
export async function rcons({ system, notice }: Context, cluster: Cluster, node: string): Promise<Result> {
  if (!cluster.nodes.includes(node)) throw new StateliteError('NODE_UNKNOWN', `${node} is not in nodelist`, { hint: 'nodels lists the nodes' });
  const target = hardwareTarget(cluster, node, 'cons');
  if (target.method === 'ipmi') {
    notice(`[console of ${node}: leave with ~. at the beginning of a line]`);
    await ipmiConsole(system, target);
    return done();
  }
  const [{ joinConsole }, { requireLab }] = await Promise.all([import('../lab/console.ts'), import('../lab/instance.ts')]);
  await joinConsole(requireLab(system), node, notice);
  return done();
}
