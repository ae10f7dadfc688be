import { serverAddress } from '../cluster/addresses.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Files } from '../system/files.ts';

/** Tells whether a server that a table names is the machine this runs on: by the addresses the kernel has, and site.master, whose place this is. */
export function thisMachine(files: Files, cluster: Cluster): (server: string) => boolean {
  const own = new Set(['localhost', (files.readTextIfThere('/proc/sys/kernel/hostname') ?? '').trim(), serverAddress(cluster, cluster.site('master') ?? ''), ...localAddresses(files)]);
  own.delete('');
  return (server) => own.has(server) || own.has(serverAddress(cluster, server)) || server.startsWith('127.') || server === '[::1]';
}

// --- internal ---

/** IPv4 addresses of this machine: those of which the kernel's table says `/32 host LOCAL`. */
const localAddresses = (files: Files): readonly string[] =>
  [...(files.readTextIfThere('/proc/net/fib_trie') ?? '').matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map(([, address = '']) => address);
