import { createHash } from 'node:crypto';
import type { Row } from '../../tables/table.ts';
import { TABLES, columnOf } from '../../tables/index.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { once, remember } from '../cluster/remember.ts';
import type { DiskPlan } from '../disks/disk-plan.ts';
import { disksOf } from '../disks/node-disks.ts';
import { StateliteError } from '../errors.ts';
import type { HostKeys } from './host-keys.ts';

/** What a template may read, and what it has read so far: the same values again make the same text. */
export interface Facts {
  readonly node: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** `node.hosts.ip`, `site.master`, `nodes` … to the value, lists by their digest. */
  readonly reads: ReadonlyMap<string, string>;
  /** What went wrong that is not the template's fault, rows that cannot be read for example; the engine hides it. */
  readonly failure: () => unknown;
  /** The name that was asked for last and is not there, with why. */
  readonly refused: () => { readonly key: string; readonly error: StateliteError } | undefined;
  /** Which of `nodes` was asked last for a value that no row gives. */
  readonly lacking: () => Lacking | undefined;
}

export interface Lacking {
  readonly node: string;
  readonly key: keyof typeof LISTED_COLUMNS;
  /** Where the value would be: `hosts.ip`. */
  readonly column: string;
}

/** What `node.ssh` has. */
export const SSH_WORDS = ['key', 'public', 'certificate', 'authority'] as const;

/** The names a template begins with, and what they are. */
export const TEMPLATE_NAMES: Readonly<Record<string, string>> = {
  node: 'this node: node.name, node.groups, node.disks (of the disklayout table: each has disk and parts), node.ssh (its host key: node.ssh.key, public, certificate and authority), and node.<table>.<column>, for example node.hosts.ip, as the node inherits it',
  nodes: 'all nodes: each has name, ip, mac, hostnames (a list) and groups (a list)',
  groups: 'group names with their members: groups.compute is a list',
  networks: 'the rows of the networks table',
  site: 'the site table: site.master, site.domain',
  image: 'the image: image.name, image.os, image.arch, image.profile',
};

/** What templates may read of a snapshot for one node; every look is noted in `reads`. A table or column that is not there is an error. */
export function createFacts(cluster: Cluster, node: string, image: OsImage, hostKeys: HostKeys): Facts {
  const reads = new Map<string, string>();
  let refused: ReturnType<Facts['refused']>;
  const refuse = (key: string, text: string, hint: string): never => {
    const error = new StateliteError('TEMPLATE_INVALID', text, { hint });
    refused = { key, error };
    throw error;
  };
  let failure: unknown;
  const noting = <T>(look: () => T): T => {
    try {
      return look();
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const read = (key: string): string | undefined => {
    const value = noting(() => factOf(cluster, node, image, key, hostKeys));
    reads.set(key, value ?? UNSET);
    return value;
  };
  const list = <T>(key: string, value: () => T): T => {
    reads.set(key, noting(() => digestOf(cluster, key)));
    return value();
  };
  const names = (what: string, allowed: readonly string[], get: (name: string) => unknown): object =>
    guarded((key) => (allowed.includes(key) ? get(key) : refuse(key, `${what} has no ${key}`, `it has ${allowed.join(', ')}`)));
  const context = {
    node: names('node', OF_NODE, (key) => {
      if (key === 'name') return read('node.name');
      if (key === 'groups') return read('node.groups')?.split(',').filter((group) => group !== '');
      if (key === 'disks') return JSON.parse(read('node.disks') ?? '[]') as unknown;
      if (key === 'ssh') return names('node.ssh', SSH_WORDS, (word) => read(`node.ssh.${word}`));
      const table = TABLES.get(key);
      return names(`the table ${key}`, table?.columns.map(({ name }) => name) ?? [], (column) => read(`node.${key}.${column}`));
    }),
    image: names('image', ['name', 'os', 'arch', 'profile'], (key) => read(`image.${key}`)),
    site: guarded((key) => read(`site.${key}`)),
    groups: guarded((key) => list('groups', () => cluster.groups.get(key)) ?? refuse(key, `there is no group ${key}`, 'nodels all groups lists nodes with their groups')),
    nodes: lazyList(() => list('nodes', () => nodesOf(cluster).list)),
    networks: lazyList(() => list('networks', () => cluster.rows('networks').map(guardedNetwork))),
  };
  return { node, context, reads, failure: () => failure, refused: () => refused, lacking: () => (reads.has('nodes') ? nodesOf(cluster).lacking() : undefined) };
}

/** The value of one name for a node as `reads` has it. Throws what reading it throws: LAYOUT_INVALID, OVERLAY_INVALID. */
export const readFact = (cluster: Cluster, node: string, image: OsImage, key: string, hostKeys: HostKeys): string =>
  (LISTS.has(key) ? digestOf(cluster, key) : factOf(cluster, node, image, key, hostKeys) ?? UNSET);

/** True when something was read that another node may have otherwise. */
export const isAboutNode = (reads: ReadonlyMap<string, string>): boolean => [...reads.keys()].some((key) => key.startsWith('node.'));

/** What `reads` has for a value that no row gives. */
export const UNSET = '\0';

// --- internal ---

const LISTS = new Set(['nodes', 'groups', 'networks']);
const OF_NODE = ['name', 'groups', 'disks', 'ssh', ...[...TABLES.values()].filter(({ nodeKeyed }) => nodeKeyed === true).map(({ name }) => name)];

function factOf(cluster: Cluster, node: string, image: OsImage, key: string, hostKeys: HostKeys): string | undefined {
  const [first = '', second = '', third = ''] = key.split('.');
  if (first === 'site') return cluster.site(key.slice('site.'.length));
  if (first === 'image') return image[second as 'name' | 'os' | 'arch' | 'profile'];
  if (second === 'name') return node;
  if (second === 'disks') return textOfDisks(disksOf(cluster, node, image));
  if (second === 'ssh') return hostKeys(cluster, node)[third as typeof SSH_WORDS[number]];
  if (second === 'groups') return cluster.groupsOf(node).join();
  return cluster.attribute(node, `${second}.${third}`)?.value;
}

/** Disks are one value for all nodes with the same layouts. */
function textOfDisks(disks: readonly DiskPlan[]): string {
  const known = DISK_TEXTS.get(disks) ?? JSON.stringify(disks);
  DISK_TEXTS.set(disks, known);
  return known;
}

const DISK_TEXTS = new WeakMap<readonly DiskPlan[], string>();

/** Reads names of `get` only; what templates and printing ask of any object is not there. */
const guarded = (get: (name: string) => unknown): object =>
  new Proxy({}, { get: (_, key) => (typeof key === 'symbol' || key === 'toJSON' ? undefined : get(key)), has: () => true });

/** A list that is made when something of it is asked for. */
const lazyList = (make: () => readonly unknown[]): object => {
  const made = once(make);
  return new Proxy([], { get: (_, key) => Reflect.get(made(), key) as unknown, has: (_, key) => Reflect.has(made(), key) });
};

interface ListedNode {
  readonly name: string;
  readonly ip: string | undefined;
  readonly mac: string | undefined;
  readonly hostnames: readonly string[];
  readonly groups: readonly string[];
}

const LISTED_COLUMNS = { ip: 'hosts.ip', mac: 'mac.mac' } as const;
const LISTED = ['name', 'ip', 'mac', 'hostnames', 'groups'] as const;
const plainNodes = remembered((cluster): readonly ListedNode[] => cluster.nodes.map((name) => ({
  name, ip: cluster.attribute(name, LISTED_COLUMNS.ip)?.value, mac: cluster.attribute(name, LISTED_COLUMNS.mac)?.value,
  hostnames: (cluster.attribute(name, 'hosts.hostnames')?.value ?? '').split(/[\s,]+/).filter((word) => word !== ''), groups: cluster.groupsOf(name),
})));
const nodesOf = remembered((cluster) => {
  let lacking: Lacking | undefined;
  const list = plainNodes(cluster).map((one) => guarded((asked) => {
    const key = LISTED.find((name) => name === asked);
    if (key === undefined) throw new StateliteError('TEMPLATE_INVALID', `a node of nodes has no ${asked}`, { hint: `it has ${LISTED.join(', ')}` });
    const value = one[key];
    if (value === undefined && (key === 'ip' || key === 'mac')) lacking = { node: one.name, key, column: LISTED_COLUMNS[key] };
    return value;
  }));
  return { list, lacking: () => lacking };
});

function guardedNetwork(row: Row): object {
  const table = TABLES.get('networks');
  return guarded((key) => {
    if (table !== undefined) columnOf(table, key);
    return row[key];
  });
}

const digestOf = (cluster: Cluster, list: string): string => digests(cluster)(list);
const digests = remembered((cluster) => remember((list: string): string => {
  const value = list === 'nodes' ? plainNodes(cluster) : list === 'groups' ? [...cluster.groups] : cluster.rows('networks');
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}));

function remembered<T>(make: (cluster: Cluster) => T): (cluster: Cluster) => T {
  const known = new WeakMap<Cluster, { readonly value: T }>();
  return (cluster) => {
    let kept = known.get(cluster);
    if (kept === undefined) {
      kept = { value: make(cluster) };
      known.set(cluster, kept);
    }
    return kept.value;
  };
}
