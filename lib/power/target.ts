import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';

/** How a node's hardware is reached: a management controller that speaks IPMI, or the lab on this machine. */
export type Target =
  | { readonly method: 'lab' }
  | { readonly method: 'ipmi'; readonly host: string; readonly port: string; readonly username: string; readonly password: string };

/**
 * The target of a node for its power (`nodehm.power`) or its console (`nodehm.cons`), each `nodehm.mgt` when unset; account and password are those of
 * ipmi, else of the passwd row with key ipmi. Throws NODE_INCOMPLETE for a method that is not there, a missing controller, and values ipmitool would misread.
 */
export function hardwareTarget(cluster: Cluster, node: string, column: 'power' | 'cons'): Target {
  const value = (name: string): string | undefined => cluster.attribute(node, name)?.value;
  const method = value(`nodehm.${column}`) ?? value('nodehm.mgt');
  if (method === 'lab') return { method };
  if (method !== 'ipmi') {
    throw new StateliteError('NODE_INCOMPLETE', `${node}: nodehm.mgt is ${method === undefined ? 'empty' : `"${method}"`}, wanted ipmi or lab`, { hint: `chtab node=${node} nodehm.mgt=ipmi` });
  }
  const bmc = value('ipmi.bmc');
  if (bmc === undefined) throw new StateliteError('NODE_INCOMPLETE', `${node}: ipmi.bmc is empty, wanted its controller`, { hint: `chtab node=${node} ipmi.bmc=<address>` });
  const [, host, port = '623'] = /^([A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?$/.exec(bmc) ?? /^\[?([\da-fA-F]*:[\da-fA-F:.]+)\]?$/.exec(bmc) ?? [];
  if (host === undefined) {
    throw new StateliteError('NODE_INCOMPLETE', `${node}: ipmi.bmc is "${bmc}", wanted a name or address, perhaps with :port`, { hint: `chtab node=${node} ipmi.bmc=<address>` });
  }
  const account = cluster.rows('passwd').find((row) => row['key'] === 'ipmi');
  const username = value('ipmi.username') ?? account?.['username'] ?? '';
  const password = value('ipmi.password') ?? account?.['password'] ?? '';
  if (username.length > LONGEST_NAME || Buffer.byteLength(password) > LONGEST_PASSWORD) {
    throw new StateliteError('NODE_INCOMPLETE', `${node}: its account for ipmi is longer than IPMI takes (${LONGEST_NAME} characters, password ${LONGEST_PASSWORD} bytes)`, { hint: 'tabdump ipmi' });
  }
  return { method, host, port, username, password };
}

// --- internal ---

const LONGEST_NAME = 16;
const LONGEST_PASSWORD = 20;
