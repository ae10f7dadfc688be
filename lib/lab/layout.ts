import { isAddress, nodeAddress, serverAddress } from '../cluster/addresses.ts';
import { clientNetworks } from '../boot/client-networks.ts';
import { exportsOf, serverNames, type Export } from '../boot/exports.ts';
import { commonPrefix, isInside } from '../boot/network.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';

/** What the tables ask of a virtual cluster: one network, the addresses its servers have in it, the directories they export. */
export interface LabLayout {
  readonly master: string;
  /** Network address and length of the prefix that covers master and all nodes, /24 at least. */
  readonly network: string;
  readonly prefix: number;
  /** Every address the lab itself answers on, master first. */
  readonly addresses: readonly string[];
  /** Networks that may mount the exports. */
  readonly clients: readonly string[];
  /** Sorted by path. */
  readonly exports: readonly Export[];
  readonly installdir: string;
  readonly tftpdir: string;
  /** TCP port of the node service. */
  readonly port: number;
  /** TCP port that boot files are given out on, as text. */
  readonly httpPort: string;
}

/** Reads the layout of the lab from the tables. Pure; throws LAB when site.master is no address or the addresses share no network. */
export function labLayout(cluster: Cluster): LabLayout {
  const master = cluster.site('master') ?? '';
  if (!isAddress(master)) {
    throw new StateliteError('LAB', `site row key=master has the value "${master}", the lab needs the IPv4 address of the management node`, {
      hint: 'chtab key=master site.value=10.0.0.1',
    });
  }
  const nodes = cluster.nodes.flatMap((node) => nodeAddress(cluster, node) ?? []);
  const { network, prefix } = commonPrefix([master, ...nodes]);
  if (prefix < WIDEST) {
    throw new StateliteError('LAB', `site.master ${master} and the addresses of the nodes (hosts.ip) share no network of /${WIDEST} or smaller`, {
      hint: 'tabdump hosts shows the addresses; give all nodes addresses in the network of the management node',
    });
  }
  const clients = clientNetworks(cluster);
  const servers = serverNames(cluster).map((server) => serverAddress(cluster, server));
  return {
    master, network, prefix,
    addresses: [...new Set([master, ...servers.filter((server) => isAddress(server) && isInside(server, { network, prefix }))])],
    clients: clients.length > 0 ? clients : [`${network}/${prefix}`],
    exports: exportsOf(cluster),
    installdir: cluster.site('installdir') ?? '/install',
    tftpdir: cluster.site('tftpdir') ?? '/tftpboot',
    port: Number(cluster.site('xcatdport') ?? 3001),
    httpPort: cluster.site('httpport') ?? '80',
  };
}

/** What the tables ask for by now and a lab that is up does not have, a line each. */
export function missingIn(lab: LabLayout, wanted: LabLayout): readonly string[] {
  return [
    ...(wanted.network === lab.network && wanted.prefix === lab.prefix ? [] : [`the network ${wanted.network}/${wanted.prefix}`]),
    ...wanted.addresses.filter((address) => !lab.addresses.includes(address)).map((address) => `the server address ${address}`),
    ...wanted.clients.filter((client) => !lab.clients.includes(client)).map((client) => `the exports for ${client}`),
    ...wanted.exports.filter(({ path, writable }) => !lab.exports.some((one) => one.path === path && one.writable === writable))
      .map(({ path, writable }) => `the export ${path} ${writable ? 'read-write' : 'read-only'}`),
  ];
}

// --- internal ---

const WIDEST = 8;
