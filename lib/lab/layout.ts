import { isAddress, nodeAddress, serverAddress } from '../boot/addresses.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';

/** A directory the lab's NFS server gives out under its own path. */
export interface Export {
  readonly path: string;
  readonly writable: boolean;
}

/** What the tables ask of a virtual cluster: one network, the addresses its servers have in it, the directories they export. */
export interface LabLayout {
  readonly master: string;
  /** Network address and length of the prefix that covers master and all nodes, /24 at least. */
  readonly network: string;
  readonly prefix: number;
  /** Every address the lab itself answers on, master first. */
  readonly addresses: readonly string[];
  /** Sorted by path. */
  readonly exports: readonly Export[];
  readonly installdir: string;
  readonly tftpdir: string;
  /** TCP port of the node service. */
  readonly port: number;
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
  const servers = serverNames(cluster).map((server) => serverAddress(cluster, server));
  return {
    master, network, prefix,
    addresses: [...new Set([master, ...servers.filter((server) => isAddress(server) && inside(server, network, prefix))])],
    exports: exportsOf(cluster),
    installdir: cluster.site('installdir') ?? '/install',
    tftpdir: cluster.site('tftpdir') ?? '/tftpboot',
    port: Number(cluster.site('xcatdport') ?? 3001),
  };
}

/** The smallest network, /24 at least, that holds all the addresses. */
export function commonPrefix(addresses: readonly string[]): { readonly network: string; readonly prefix: number } {
  const [first = 0, ...others] = addresses.map(toNumber);
  const differing = others.reduce((bits, address) => bits | (address ^ first), 0);
  const prefix = Math.min(24, Math.clz32(differing));
  return { network: toText((first & mask(prefix)) >>> 0), prefix };
}

/** The part of `server:/dir/with/$variables` or `/dir` that holds no variable; undefined when nothing but `/` is left. */
export function fixedDirectory(value: string): string | undefined {
  const directory = value.slice(value.indexOf(':/') + 1);
  if (!directory.startsWith('/')) return undefined;
  const variable = directory.indexOf('$');
  const fixed = variable === -1 ? directory : directory.slice(0, directory.lastIndexOf('/', variable));
  return fixed.replace(/\/+$/, '') || undefined;
}

/** `255.255.255.0` for 24. */
export const netmask = (prefix: number): string => toText(mask(prefix) >>> 0);

/** What the tables ask for by now and a lab that is up does not have, a line each. */
export function missingIn(lab: LabLayout, wanted: LabLayout): readonly string[] {
  return [
    ...(wanted.network === lab.network && wanted.prefix === lab.prefix ? [] : [`the network ${wanted.network}/${wanted.prefix}`]),
    ...wanted.addresses.filter((address) => !lab.addresses.includes(address)).map((address) => `the server address ${address}`),
    ...wanted.exports.filter(({ path, writable }) => !lab.exports.some((one) => one.path === path && one.writable === writable))
      .map(({ path, writable }) => `the export ${path} ${writable ? 'read-write' : 'read-only'}`),
  ];
}

// --- internal ---

const WIDEST = 8;

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
const toText = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
const mask = (prefix: number): number => (prefix === 0 ? 0 : -1 << (32 - prefix));
const inside = (address: string, network: string, prefix: number): boolean => (toNumber(address) & mask(prefix)) === (toNumber(network) & mask(prefix));

/** Values of a node column over all nodes, each once. */
const nodeValues = (cluster: Cluster, column: string): string[] =>
  [...new Set(cluster.nodes.flatMap((node) => cluster.attribute(node, column)?.value ?? []))];

/** Directories with their server, as litetree and statelite name them; a |regex| cell as its nodes see it. */
const remoteTrees = (cluster: Cluster): string[] => cluster.rows('litetree').flatMap((row) => (row['directory']?.includes(':/') ? [row['directory']] : []));
const stores = (cluster: Cluster): string[] => [
  ...cluster.rows('statelite').flatMap((row) => (row['statemnt'] === undefined || row['statemnt'].startsWith('|') ? [] : [row['statemnt']])),
  ...(cluster.rows('statelite').some((row) => row['statemnt']?.startsWith('|')) ? nodeValues(cluster, 'statelite.statemnt') : []),
];

function serverNames(cluster: Cluster): string[] {
  const columns = ['noderes.nfsserver', 'noderes.xcatmaster', 'noderes.tftpserver'];
  const inDirectories = [...remoteTrees(cluster), ...stores(cluster)].map((value) => value.slice(0, value.indexOf(':/')));
  return [...columns.flatMap((column) => nodeValues(cluster, column)), ...inDirectories];
}

function exportsOf(cluster: Cluster): Export[] {
  const images = cluster.rows('linuximage').flatMap((row) => row['rootimgdir'] ?? []);
  const readable = [cluster.site('installdir') ?? '/install', ...nodeValues(cluster, 'noderes.nfsdir'), ...images, ...remoteTrees(cluster)];
  const found = new Map<string, boolean>();
  for (const path of readable.flatMap((value) => fixedDirectory(value) ?? [])) found.set(path, false);
  for (const path of stores(cluster).flatMap((value) => fixedDirectory(value) ?? [])) found.set(path, true);
  return [...found].map(([path, writable]) => ({ path, writable })).sort((a, b) => (a.path < b.path ? -1 : 1));
}
