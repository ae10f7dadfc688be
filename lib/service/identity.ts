import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { Cluster } from '../cluster/cluster.ts';

/** Every address the tables give to a node; an address that several nodes claim belongs to nobody. */
export interface Addresses {
  readonly nodes: ReadonlyMap<string, string>;
  /** Claimed addresses with the nodes that claim them. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  /** Nodes whose hosts row cannot be read, with the reason: they have no address. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Reads hosts.ip and hosts.otherinterfaces of all nodes, once for a snapshot. */
export function compileAddresses(cluster: Cluster): Addresses {
  const claims = new Map<string, Set<string>>();
  const unreadable = new Map<string, string>();
  for (const node of cluster.nodes) {
    try {
      for (const address of addressesOf(cluster, node)) claims.set(address, (claims.get(address) ?? new Set()).add(node));
    } catch (error) {
      unreadable.set(node, error instanceof Error ? error.message : String(error));
    }
  }
  const nodes = new Map<string, string>();
  const ambiguous = new Map<string, readonly string[]>();
  for (const [address, claimants] of claims) {
    const [node, ...others] = claimants;
    if (node === undefined) continue;
    if (others.length === 0) nodes.set(address, node);
    else ambiguous.set(address, [node, ...others]);
  }
  return { nodes, ambiguous, unreadable };
}

/** The node that owns the source address of a connection. Never asks a name server: a PTR record proves nothing. */
export const identify = (addresses: Addresses, address: string): string | undefined => addresses.nodes.get(normalAddress(address) ?? '');

/** Why `identify` knows nobody, for the log and the refused peer. */
export function whyUnknown(addresses: Addresses, address: string): string {
  const claimants = addresses.ambiguous.get(normalAddress(address) ?? '');
  return claimants === undefined
    ? `no node has the address ${address} in the hosts table`
    : `the address ${address} belongs to several nodes in the hosts table: ${claimants.join(', ')}`;
}

/** One spelling for each address: `::ffff:10.0.0.1` is 10.0.0.1, IPv6 is compressed, lower case and without zone. Undefined for anything else. */
export function normalAddress(text: string): string | undefined {
  const bare = text.trim().replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return undefined;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

// --- internal ---

/** `hosts.ip`, and of `-suffix:ip,name:ip` what stands behind the first colon. */
function addressesOf(cluster: Cluster, node: string): string[] {
  const others = (cluster.attribute(node, 'hosts.otherinterfaces')?.value ?? '').split(',').map((part) => part.slice(part.indexOf(':') + 1));
  return [cluster.attribute(node, 'hosts.ip')?.value ?? '', ...others].map(normalAddress).filter((address) => address !== undefined);
}
