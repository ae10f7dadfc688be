import { readAsked, readLastBoots, readPowerOn } from '../db/boots.ts';
import type { Database } from '../db/database.ts';
import { bootState, type NodeBootState } from './timeline.ts';

/** How nodes booted last, in the order of the names. `now` in milliseconds since the epoch. */
export async function lookAtBoots(database: Database, nodes: readonly string[], now: number): Promise<readonly NodeBootState[]> {
  const boots = new Map((await readLastBoots(database, nodes)).map((boot) => [boot.node, boot]));
  const asked = new Map((await readAsked(database, nodes)).map((each) => [each.node, each]));
  const switchedOn = await readPowerOn(database, nodes);
  return nodes.map((node) => bootState(node, boots.get(node), asked.get(node), now, switchedOn.get(node)));
}
