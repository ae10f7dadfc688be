import { dirname } from 'node:path';
import { done, toJson, type Context, type Result } from '../command.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { serverAddress } from '../cluster/addresses.ts';
import { clientNetworks, wrongNetworks } from './client-networks.ts';
import { readExports } from './exports-file.ts';
import { exportsOf, serverNames, type Export } from './exports.ts';
import { EXPORTS_HEADER, renderGaneshaExports } from './ganesha-exports.ts';
import { wideExports } from './wide-exports.ts';

export interface LiteexportRequest {
  /** Name or address of the server whose exports are wanted; unset: site.master. */
  readonly server?: string | undefined;
  readonly ganesha: boolean;
  /** File to write; unset: stdout. */
  readonly output?: string | undefined;
  readonly json: boolean;
}

/**
 * What an NFS server must give out for the nodes to boot: images and litetree directories read-only, stores read-write, to the nodes' networks
 * only; warns of exports in /etc/exports that give out more. Throws NODE_INCOMPLETE when no node has an address, USAGE for a server that no table names.
 */
export function liteexport({ system: { files }, notice }: Context, cluster: Cluster, { server, ganesha, output, json }: LiteexportRequest): Result {
  const name = server ?? cluster.site('master') ?? '';
  if (server !== undefined) refuseUnknown(cluster, server);
  const exports = exportsOf(cluster, name === '' ? undefined : serverAddress(cluster, name));
  const clients = clientNetworks(cluster);
  if (clients.length === 0) throw new StateliteError('NODE_INCOMPLETE', 'no node has an address (hosts.ip), so there is nobody to export to', { hint: 'chdef -t node <noderange> ip=<address>' });
  for (const line of [...wrongNetworks(cluster), ...insideOneAnother(exports), ...wideExports(readExports(files), exports)]) notice(`Warning: ${line}`);
  if (json) return done(toJson({ server: name, clients, exports }));
  const text = ganesha ? renderGaneshaExports(exports, clients) : renderKernel(exports, clients);
  if (output === undefined) return done(text.trimEnd());
  if (files.readTextIfThere(output) === text) return done(`Nothing to do: ${output} is as the tables say.`);
  files.makeDirectories(dirname(output));
  files.writeAtomic(output, text);
  notice(`Now: ${ganesha ? `%include "${output}" in the configuration of Ganesha, and restart it` : 'exportfs -ra'}`);
  return done(`Wrote ${output}.`);
}

// --- internal ---

function refuseUnknown(cluster: Cluster, server: string): void {
  const names = [...new Set([...serverNames(cluster), ...cluster.rows('noderes').map(({ servicenode = '' }) => servicenode), cluster.site('master') ?? ''].flatMap((name) => name.split(',')).map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('<') && !name.includes('$')))].sort();
  if (names.some((name) => name === server || serverAddress(cluster, name) === serverAddress(cluster, server))) return;
  throw new StateliteError('USAGE', `no table names the server ${server}; known are ${names.join(', ')}`, { hint: 'litetree, statelite, noderes and the site row master name servers' });
}

/** A client that holds a file handle of the outer one reaches the inner one with the outer one's rights. */
const insideOneAnother = (exports: readonly Export[]): string[] => exports.filter(({ writable }) => writable).flatMap((store) =>
  exports.filter(({ path, writable }) => !writable && path.startsWith(`${store.path}/`)).map(({ path }) => `the store ${store.path} is writable and holds ${path}, which nodes could change then: put the store elsewhere`));

function renderKernel(exports: readonly Export[], clients: readonly string[]): string {
  const lines = exports.map(({ path, writable }) => [kernelPath(path), ...clients.map((client) => `${client}(${writable ? 'rw' : 'ro'},sync,no_root_squash,no_subtree_check)`)].join(' '));
  return [EXPORTS_HEADER, '# Images are read-only for root too: never squashed, as files that only root may read must be readable.', ...lines, ''].join('\n');
}

const kernelPath = (path: string): string => path.replaceAll(/[\s"#\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
