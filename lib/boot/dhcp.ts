import type { Cluster } from '../cluster/cluster.ts';
import { nodeAddress, nodeMac } from './addresses.ts';

/**
 * The host lines for dnsmasq's `dhcp-hostsdir`, one `mac,ip,name,infinite` a node in the order given; nodes without a MAC or an address are
 * left out. Ends in a newline unless empty.
 */
export function renderDhcpHosts(cluster: Cluster, nodes: readonly string[]): string {
  return nodes.flatMap((node) => {
    const mac = nodeMac(cluster, node);
    const address = nodeAddress(cluster, node);
    return mac === undefined || address === undefined ? [] : [`${mac},${address},${node},infinite\n`];
  }).join('');
}
