import type { Cluster } from '../cluster/cluster.ts';
import { isAddress, nodeAddress } from '../cluster/addresses.ts';
import { commonPrefix, isInside } from './network.ts';

/** Who may mount, as `10.0.0.0/24`: the rows of the networks table that hold all nodes, else the smallest network that does; none when no node has an address. */
export function clientNetworks(cluster: Cluster): readonly string[] {
  const addresses = cluster.nodes.flatMap((node) => nodeAddress(cluster, node) ?? []);
  if (addresses.length === 0) return [];
  const networks = cluster.rows('networks').flatMap(({ net = '', mask = '' }) => {
    const prefix = prefixOf(mask);
    return isAddress(net) && prefix !== undefined ? [{ network: net, prefix }] : [];
  });
  const used = networks.filter(({ network, prefix }) => addresses.some((address) => isInside(address, network, prefix)));
  const isCovered = addresses.every((address) => used.some(({ network, prefix }) => isInside(address, network, prefix)));
  return (isCovered ? used : [commonPrefix(addresses)]).map(({ network, prefix }) => `${network}/${prefix}`).sort();
}

/** A line for each row of the networks table that is no IPv4 network, or none that can be read; those of IPv6 are no matter here. */
export const wrongNetworks = (cluster: Cluster): readonly string[] => cluster.rows('networks').flatMap(({ net = '', mask = '' }) =>
  (net.includes(':') || (isAddress(net) && prefixOf(mask) !== undefined) ? [] : [`networks row net=${net} mask=${mask} is not used: it is no network like net=10.0.0.0 mask=255.255.255.0`]));

// --- internal ---

function prefixOf(mask: string): number | undefined {
  if (/^\/?(?:[12]?\d|3[0-2])$/.test(mask)) return Number(mask.replace('/', ''));
  if (!isAddress(mask)) return undefined;
  const bits = mask.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}
