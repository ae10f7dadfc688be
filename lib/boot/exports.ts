import type { Cluster } from '../cluster/cluster.ts';
import { serverAddress } from '../cluster/addresses.ts';

/** A directory an NFS server gives out under its own path. */
export interface Export {
  readonly path: string;
  readonly writable: boolean;
}

/**
 * The directories the tables have nodes mount, sorted by path: images and litetree directories to read, stores to write. With `server` (an
 * address) only those that are on it, where the tables can tell.
 */
export function exportsOf(cluster: Cluster, server?: string): readonly Export[] {
  const isHere = (value: string): boolean => {
    const name = value.slice(0, Math.max(0, value.indexOf(':/')));
    return server === undefined || name === '' || name.includes('$') || serverAddress(cluster, name) === server;
  };
  const images = cluster.rows('linuximage').flatMap((row) => row['rootimgdir'] ?? []);
  const readable = [cluster.site('installdir') ?? '/install', ...nodeValues(cluster, 'noderes.nfsdir'), ...images, ...remoteTrees(cluster)];
  const found = new Map<string, boolean>();
  for (const path of readable.filter(isHere).flatMap((value) => fixedDirectory(value) ?? [])) found.set(path, false);
  for (const path of stores(cluster).filter(isHere).flatMap((value) => fixedDirectory(value) ?? [])) found.set(path, true);
  return [...found].map(([path, writable]) => ({ path, writable })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The servers of all those directories and of the nodes' boot, as the tables name them. */
export function serverNames(cluster: Cluster): string[] {
  const columns = ['noderes.nfsserver', 'noderes.xcatmaster', 'noderes.tftpserver'];
  const inDirectories = [...remoteTrees(cluster), ...stores(cluster)].map((value) => value.slice(0, value.indexOf(':/')));
  return [...columns.flatMap((column) => nodeValues(cluster, column)), ...inDirectories];
}

/** The part of `server:/dir/with/$variables` or `/dir` that holds no variable; undefined when nothing but `/` is left. */
export function fixedDirectory(value: string): string | undefined {
  const directory = value.slice(value.indexOf(':/') + 1);
  if (!directory.startsWith('/')) return undefined;
  const variable = directory.indexOf('$');
  const fixed = variable === -1 ? directory : directory.slice(0, directory.lastIndexOf('/', variable));
  return fixed.replace(/\/+$/, '') || undefined;
}

// --- internal ---

/** Values of a node column over all nodes, each once. */
const nodeValues = (cluster: Cluster, column: string): string[] =>
  [...new Set(cluster.nodes.flatMap((node) => cluster.attribute(node, column)?.value ?? []))];

/** Directories with their server, as litetree and statelite name them; a |regex| cell as its nodes see it. */
const remoteTrees = (cluster: Cluster): string[] => cluster.rows('litetree').flatMap((row) => (row['directory']?.includes(':/') ? [row['directory']] : []));
const stores = (cluster: Cluster): string[] => [
  ...cluster.rows('statelite').flatMap((row) => (row['statemnt'] === undefined || row['statemnt'].startsWith('|') ? [] : [row['statemnt']])),
  ...(cluster.rows('statelite').some((row) => row['statemnt']?.startsWith('|')) ? nodeValues(cluster, 'statelite.statemnt') : []),
];
