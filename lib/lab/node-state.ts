import { existsSync, readFileSync } from 'node:fs';
import { StateliteError } from '../errors.ts';
import type { Lab } from './instance.ts';
import { nodePaths, type NodePaths } from './qemu.ts';
import { isRunning } from './qmp.ts';

/** What the lab remembers of a node it has started. */
export interface NodeState {
  readonly mac: string;
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Seconds from power-on (or the last reboot) to the login prompt; absent while it boots or when it did not get there. */
  readonly seconds?: number;
}

export function readNodeState(paths: NodePaths): NodeState | undefined {
  return existsSync(paths.state) ? (JSON.parse(readFileSync(paths.state, 'utf8')) as NodeState) : undefined;
}

/** The files of a node that runs; throws LAB when it is off. */
export async function requireNode(lab: Lab, node: string): Promise<NodePaths> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(node)) throw new StateliteError('USAGE', `"${node}" is no node name`, { hint: 'nodels lists the nodes' });
  const paths = nodePaths(lab, node);
  if (readNodeState(paths) !== undefined && await isRunning(paths.monitor)) return paths;
  throw new StateliteError('LAB', `${node}: it is not running in the lab`, { hint: `litelab boot ${node}` });
}
