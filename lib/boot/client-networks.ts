import type { Cluster } from '../cluster/cluster.ts';
import { nodeAddress } from '../cluster/addresses.ts';
import { commonPrefix, isInside, isIpv6, networkOf } from './network.ts';

/** Who may mount, as `10.0.0.0/24`: the rows of the networks table that hold all nodes, else the smallest network that does; none when no node has an address. */
export function clientNetworks(cluster: Cluster): readonly string[] {
  const addresses = cluster.nodes.flatMap((node) => nodeAddress(cluster, node) ?? []);
  if (addresses.length === 0) return [];
  const networks = cluster.rows('networks').flatMap((row) => networkOf(row) ?? []);
  const used = networks.filter((network) => addresses.some((address) => isInside(address, network)));
  const isCovered = addresses.every((address) => used.some((network) => isInside(address, network)));
  return (isCovered ? used : [commonPrefix(addresses)]).map(({ network, prefix }) => `${network}/${prefix}`).sort();
}

/** A line for each row of the networks table that is no IPv4 network, or none that can be read; those of IPv6 are no matter here. */
export const wrongNetworks = (cluster: Cluster): readonly string[] => cluster.rows('networks').filter((row) => !isIpv6(row) && networkOf(row) === undefined)
  .map(({ net = '', mask = '' }) => `networks row net=${net} mask=${mask} is not used: it is no network like net=10.0.0.0 mask=255.255.255.0`);
