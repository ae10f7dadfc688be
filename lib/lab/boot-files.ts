import { join } from 'node:path';
import { hexAddress, macFileName, nodeAddress, nodeMac } from '../boot/addresses.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { labPaths, type Lab } from './instance.ts';

/** What a node needs to be booted in the lab. */
export interface Bootable {
  readonly node: string;
  readonly mac: string;
  readonly address: string;
  /** Its PXELINUX files by name, as the lab serves them. */
  readonly files: ReadonlyMap<string, string>;
}

/** Arguments the lab adds to the copy it serves: a console it can read and a shell for `litelab run`. */
export const LAB_ARGUMENTS = 'systemd.debug_shell=ttyS1 console=ttyS0,115200';

/** A PXELINUX file with arguments added to each APPEND line; undefined when it starts no kernel. */
export function withArguments(text: string, extra: string): string | undefined {
  const append = /^([ \t]*append[ \t].*?)[ \t]*$/gim;
  return append.test(text) ? text.replace(append, `$1 ${extra}`) : undefined;
}

/** The node with its boot files as nodeset wrote them; throws NODE_INCOMPLETE or LAB with what to do. */
export function bootable(system: System, cluster: Cluster, lab: Lab, node: string): Bootable {
  const mac = nodeMac(cluster, node);
  const address = nodeAddress(cluster, node);
  if (mac === undefined) throw new StateliteError('NODE_INCOMPLETE', `${node}: the mac table has no address for it`, { hint: `chtab node=${node} mac.mac=52:54:00:00:00:01` });
  if (address === undefined) throw new StateliteError('NODE_INCOMPLETE', `${node}: the hosts table has no address for it`, { hint: `chtab node=${node} hosts.ip=10.0.0.11` });
  if (lab.layout.addresses.includes(address)) {
    throw new StateliteError('LAB', `${node}: its address ${address} is one of the servers that the lab stands for`, { hint: 'boot another node; service nodes are played by the lab itself' });
  }
  const directory = join(lab.layout.tftpdir, 'pxelinux.cfg');
  const files = new Map<string, string>();
  for (const name of [node, macFileName(mac), hexAddress(address)]) {
    const text = system.files.readTextIfThere(join(directory, name));
    const served = text === undefined ? undefined : withArguments(text, LAB_ARGUMENTS);
    if (served !== undefined) files.set(name, served);
  }
  if (files.has(macFileName(mac)) || files.has(hexAddress(address))) return { node, mac, address, files };
  throw new StateliteError('LAB', `${node}: no PXELINUX file in ${directory} boots an image on it (looked for ${macFileName(mac)} and ${hexAddress(address)})`, {
    hint: `nodeset ${node} osimage=${cluster.attribute(node, 'nodetype.provmethod')?.value ?? '<image>'}`,
  });
}

/** Puts the node's files into the lab's TFTP directory. */
export function serveBootFiles(system: System, lab: Lab, { files }: Bootable): void {
  for (const [name, text] of files) system.files.writeAtomic(join(labPaths(lab.directory).bootFiles, name), text);
}
