import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { requireLab } from '../lab/instance.ts';
import { offNodes, powerOn } from '../lab/node.ts';
import { nodePaths } from '../lab/qemu.ts';
import { isRunning } from '../lab/qmp.ts';
import type { System } from '../system/system.ts';
import type { PowerAction } from './ipmi.ts';

/** Carries out a power action on a virtual node of the lab that is up, and does not wait for its boot; says what ipmiPower says. */
export async function labPower(system: System, cluster: Cluster, node: string, action: PowerAction): Promise<string> {
  const lab = requireLab(system);
  const was = await isRunning(nodePaths(lab, node).monitor);
  if (action === 'stat') return was ? 'on' : 'off';
  if (action === 'reset' && !was) throw new StateliteError('LAB', `${node}: it is off, a reset would do nothing`, { hint: `rpower ${node} on` });
  if (action === 'on' && was) return 'on';
  if (was) await offNodes(system, lab, [node]);
  if (action === 'off') return 'off';
  await powerOn(system, lab, cluster, node);
  return action === 'boot' && was ? 'on reset' : action === 'reset' ? 'reset' : 'on';
}
