import type { Cluster } from './cluster.ts';

/** The node's IPv4 address from hosts.ip; undefined when there is none or it is no address. Never asks a name server. */
export function nodeAddress(cluster: Cluster, node: string): string | undefined {
  const address = cluster.attribute(node, 'hosts.ip')?.value;
  return address !== undefined && isAddress(address) ? address : undefined;
}

/**
 * The Ethernet address the node boots from, as `52:54:00:00:00:01`; undefined when mac.mac holds none.
 * Of `mac1!host1|mac2!host2` the part named after the node wins, then a part without a name, then the first one that may have an address.
 */
export function nodeMac(cluster: Cluster, node: string): string | undefined {
  const parts = (cluster.attribute(node, 'mac.mac')?.value ?? '').split('|').map((part) => {
    const [mac = '', host = ''] = part.trim().split('!');
    return { mac: normalMac(mac), host };
  }).filter(({ mac, host }) => mac !== undefined && host !== '*NOIP*');
  const part = parts.find(({ host }) => host === node) ?? parts.find(({ host }) => host === '') ?? parts[0];
  return part?.mac;
}

/** Other nodes that have the same MAC or IPv4 address, which then belongs to none of them. */
export function rivals(cluster: Cluster, node: string, address: string): readonly string[] {
  let claims = claimed.get(cluster);
  if (claims === undefined) {
    claims = new Map();
    for (const each of cluster.nodes) {
      for (const own of [nodeMac(cluster, each), nodeAddress(cluster, each)]) if (own !== undefined) claims.set(own, [...(claims.get(own) ?? []), each]);
    }
    claimed.set(cluster, claims);
  }
  return (claims.get(address) ?? []).filter((each) => each !== node);
}

/** The address of a server named in a table: an address stays, a name is looked up in the hosts table only, an unknown name stays. */
export function serverAddress(cluster: Cluster, server: string): string {
  return isAddress(server) ? server : (nodeAddress(cluster, server) ?? hostAddresses(cluster).get(server) ?? server);
}

export const isAddress = (text: string): boolean => /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/.test(text);

// --- internal ---

const claimed = new WeakMap<Cluster, Map<string, readonly string[]>>();

const known = new WeakMap<Cluster, ReadonlyMap<string, string>>();

/** Names and aliases of the hosts table with their addresses, made once for a snapshot. */
function hostAddresses(cluster: Cluster): ReadonlyMap<string, string> {
  let addresses = known.get(cluster);
  if (addresses === undefined) {
    addresses = new Map(cluster.rows('hosts').flatMap((row) => {
      const address = row['ip'] ?? '';
      const names = [row['node'] ?? '', ...(row['hostnames'] ?? '').split(/[\s,]+/)];
      return isAddress(address) ? names.filter((name) => name !== '').map((name): [string, string] => [name, address]) : [];
    }));
    known.set(cluster, addresses);
  }
  return addresses;
}

/** Any common spelling (`52-54-00-…`, `525400000001`, upper case) as lower case with colons. */
function normalMac(text: string): string | undefined {
  const digits = text.trim().replace(/[:.-]/g, '').toLowerCase();
  return /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g) ?? []).join(':') : undefined;
}
