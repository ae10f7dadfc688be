import type { Cluster } from '../cluster/cluster.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { attemptAtOnce, refusalFacts, refusalLines } from '../refusals.ts';
import type { System } from '../system/system.ts';
import { ipmiPower, type PowerAction } from './ipmi.ts';
import { hardwareTarget } from './target.ts';

export interface RpowerRequest {
  readonly noderange: string;
  readonly action: PowerAction;
  /** Milliseconds that each request to a node may take. */
  readonly timeout: number;
  readonly json: boolean;
}

/** Switches nodes, many at once; each says what it did, a node that cannot is refused by name, and the exit code is then 1. */
export async function rpower({ system, notice }: Context, cluster: Cluster, { noderange, action, timeout, json }: RpowerRequest): Promise<Result> {
  const nodes = expandNoderange(cluster, noderange);
  const since = system.clock.now();
  const { done, refused } = await attemptAtOnce(nodes, AT_ONCE, async (node) => ({ node, state: await powerOf(system, cluster, node, action, timeout) }));
  if (SWITCHES_ON.includes(action)) await noteSwitchedOn(system, done.map(({ node }) => node), since);
  for (const line of refusalLines(refused)) notice(line);
  const output = json ? toJson([...done, ...refusalFacts(refused)]) : done.map(({ node, state }) => `${node}: ${state}`).join('\n');
  return { exitCode: refused.length === 0 ? 0 : 1, output };
}

// --- internal ---

/** Nodes that are talked to at a time, as in xCAT. */
const AT_ONCE = 64;

const SWITCHES_ON: readonly PowerAction[] = ['on', 'boot', 'reset'];

/** For the timelines of litestat. */
async function noteSwitchedOn(system: System, nodes: readonly string[], since: number): Promise<void> {
  const [{ withDatabase }, { savePowerOn }] = await Promise.all([import('../db/open.ts'), import('../db/boots.ts')]);
  await withDatabase(system, (database) => savePowerOn(database, nodes, since));
}

async function powerOf(system: System, cluster: Cluster, node: string, action: PowerAction, timeout: number): Promise<string> {
  const target = hardwareTarget(cluster, node, 'power');
  if (target.method === 'ipmi') return ipmiPower(system, target, action, timeout);
  const { labPower } = await import('./lab-power.ts');
  return labPower(system, cluster, node, action);
}
