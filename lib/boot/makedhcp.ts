import { join } from 'node:path';
import { createCluster } from '../cluster/create.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { type Context, type Result, toJson } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import { nodeAddress, nodeMac } from './addresses.ts';
import { forgetsDhcpHosts, mergeDhcpHosts, renderDhcpConfiguration, renderDhcpHosts } from './dhcp.ts';
import { bootPlace } from './node-boot.ts';
import { attemptEach, refusalFacts, refusalLines } from '../refusals.ts';

export interface MakedhcpRequest {
  /** Undefined: every node. */
  readonly noderange?: string;
  /** `network` writes dnsmasq's configuration, the others change or show the nodes' host lines. */
  readonly action: 'network' | 'add' | 'delete' | 'query';
  readonly json: boolean;
}

/**
 * Writes what dnsmasq must know to boot the nodes: `/etc/dnsmasq.d/statelite.conf` and the host lines in `<STATELITE_HOME>/dhcp-hosts/nodes`.
 * A node without a MAC or an address is refused by name, the others are still done; files that are as wanted are not written.
 */
export async function makedhcp(context: Context, database: Database, request: MakedhcpRequest): Promise<Result> {
  const { system: { files, env }, notice } = context;
  const cluster = createCluster(await database.read());
  const directory = join(stateliteHome(env), 'dhcp-hosts');
  if (request.action === 'network') {
    const configuration = join(env['STATELITE_DNSMASQ_DIR'] ?? '/etc/dnsmasq.d', 'statelite.conf');
    const content = renderDhcpConfiguration(cluster, directory);
    files.makeDirectories(directory);
    if (files.readTextIfThere(configuration) === content) return { exitCode: 0, output: '' };
    files.makeDirectories(join(configuration, '..'));
    files.writeAtomic(configuration, content);
    notice(`Wrote ${configuration}; it counts after: systemctl restart dnsmasq`);
    return { exitCode: 0, output: '' };
  }

  const nodes = request.noderange === undefined ? cluster.nodes : expandNoderange(cluster, request.noderange);
  const path = join(directory, 'nodes');
  const present = files.readTextIfThere(path) ?? '';
  const { done, refused } = attemptEach(nodes, (node) => {
    if (request.action === 'add') bootPlace(cluster, node);
    if (request.action === 'query') return lineOf(present, node);
    return { node, mac: nodeMac(cluster, node), ip: nodeAddress(cluster, node) };
  });
  for (const line of refusalLines(refused)) notice(line);
  if (request.action !== 'query') {
    const named = done.map(({ node }) => node);
    const wanted = mergeDhcpHosts(present, named, request.action === 'add' ? renderDhcpHosts(cluster, named) : '');
    files.makeDirectories(directory);
    if (wanted !== present) files.writeAtomic(path, wanted);
    if (forgetsDhcpHosts(present, wanted)) notice('dnsmasq forgets the old lines after: systemctl reload dnsmasq');
  }
  const shown = request.action === 'query' ? done.map(({ node, ip = '', mac = '' }) => `${node}: ip-address = ${ip}, mac-address = ${mac}`).join('\n') : '';
  return { exitCode: refused.length === 0 ? 0 : 1, output: request.json ? toJson([...done, ...refusalFacts(refused)]) : shown };
}

// --- internal ---

function lineOf(present: string, node: string): { readonly node: string; readonly mac: string | undefined; readonly ip: string | undefined } {
  const [mac, ip] = present.split('\n').map((line) => line.split(',')).find((parts) => parts[2] === node) ?? [];
  if (mac !== undefined) return { node, mac, ip };
  throw new StateliteError('NODE_INCOMPLETE', `${node}: DHCP does not know this node`, { hint: `makedhcp ${node}` });
}
