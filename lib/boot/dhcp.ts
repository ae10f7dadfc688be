import type { Cluster } from '../cluster/cluster.ts';
import { nodeAddress, nodeMac } from '../cluster/addresses.ts';
import { LOADERS } from './loaders.ts';

/**
 * The host lines for dnsmasq's `dhcp-hostsdir`, one `mac,set:loader,ip,name,infinite` a node in the order given; nodes without a MAC or an address
 * are left out, an unknown loader is no tag. Ends in a newline unless empty.
 */
export function renderDhcpHosts(cluster: Cluster, nodes: readonly string[]): string {
  return nodes.flatMap((node) => {
    const mac = nodeMac(cluster, node);
    const address = nodeAddress(cluster, node);
    const loader = LOADERS[cluster.attribute(node, 'noderes.netboot')?.value ?? 'pxe'];
    return mac === undefined || address === undefined ? [] : [`${mac},${loader === undefined ? '' : `set:${loader.name},`}${address},${node},infinite\n`];
  }).join('');
}

export interface DhcpHost {
  readonly mac: string;
  readonly address: string;
  readonly node: string;
  /** Name of its loader; undefined in a line of an older version. */
  readonly loader: string | undefined;
}

/** What a host line says. */
export function readDhcpHost(line: string): DhcpHost {
  const fields = line.split(',');
  const [mac = '', address = '', node = ''] = fields.filter((field) => !field.startsWith('set:'));
  return { mac, address, node, loader: fields.find((field) => field.startsWith('set:'))?.slice(4) };
}

/** A host file with the lines of `nodes` taken out and `added` put in, sorted by node; other nodes' lines stay as they are. */
export function mergeDhcpHosts(present: string, nodes: readonly string[], added: string): string {
  const replaced = new Set(nodes);
  const lines = [...linesOf(present).filter((line) => !replaced.has(nodeOf(line))), ...linesOf(added)];
  return lines.sort((a, b) => (nodeOf(a) < nodeOf(b) ? -1 : 1)).map((line) => `${line}\n`).join('');
}

/** True when a line of `present` is gone or changed in `wanted`: dnsmasq adds new lines by itself, but forgets old ones only on SIGHUP. */
export function forgetsDhcpHosts(present: string, wanted: string): boolean {
  const kept = new Set(linesOf(wanted));
  return linesOf(present).some((line) => !kept.has(line));
}

// --- internal ---

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const nodeOf = (line: string): string => readDhcpHost(line).node;
