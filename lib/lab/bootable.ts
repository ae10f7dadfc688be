import { join } from 'node:path';
import { nodeAddress, nodeMac } from '../cluster/addresses.ts';
import { type Firmware, type Loader, loaderNamed } from '../boot/loaders.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { labPaths, type Lab } from './instance.ts';

/** Firmware of a virtual node; `uefi-http` is UEFI that boots by HTTP, not by TFTP. */
export type LabFirmware = 'bios' | 'uefi' | 'uefi-http';

export const LAB_FIRMWARE: readonly LabFirmware[] = ['bios', 'uefi', 'uefi-http'];

/** What nodeset noted of a node's kernel: files, and arguments with those of the lab. */
export interface LabKernel {
  readonly kernel: string;
  readonly initrd: string;
  readonly arguments: string;
}

/** What a node needs to be booted in the lab. */
export interface Bootable {
  readonly node: string;
  readonly mac: string;
  readonly address: string;
  readonly firmware: LabFirmware;
  /** For a node whose firmware cannot reach its network. */
  readonly kernel: LabKernel;
  /** Its boot-loader files, as the lab serves them: path below the boot directory to content. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Arguments the lab adds to the copy it serves: a console it can read and a shell for `litelab run`. The kernel leaves cmpxchg16b (feature 141) alone: the software
 * emulation of QEMU 7.2 spoils the flags with it, on which Linux 6.12 ends in a double fault. Programs still see the feature, as x86-64-v2 wants it.
 */
const LAB_ARGUMENTS = 'systemd.debug_shell=ttyS1 console=ttyS0,115200 clearcpuid=141';

/** A boot-loader file with arguments added to each line that holds those of a kernel; undefined when it starts none. */
export function withArguments(text: string, extra: string): string | undefined {
  const line = /^([ \t]*(?:append|imgargs|linux)[ \t].*?)[ \t]*$/gim;
  return line.test(text) ? text.replace(line, `$1 ${extra}`) : undefined;
}

/**
 * The node with its boot files as nodeset wrote them, and the firmware asked for, or else one its loader runs on. Throws NODE_INCOMPLETE, TOOL_MISSING
 * or LAB with what to do.
 */
export function bootable(system: System, cluster: Cluster, lab: Lab, node: string, asked?: LabFirmware): Bootable {
  const mac = nodeMac(cluster, node);
  const address = nodeAddress(cluster, node);
  if (mac === undefined) throw new StateliteError('NODE_INCOMPLETE', `${node}: the mac table has no address for it`, { hint: `chtab node=${node} mac.mac=52:54:00:00:00:01` });
  if (address === undefined) throw new StateliteError('NODE_INCOMPLETE', `${node}: the hosts table has no address for it`, { hint: `chtab node=${node} hosts.ip=10.0.0.11` });
  if (lab.layout.addresses.includes(address)) {
    throw new StateliteError('LAB', `${node}: its address ${address} is one of the servers that the lab stands for`, { hint: 'boot another node; service nodes are played by the lab itself' });
  }
  const loader = loaderNamed(cluster.attribute(node, 'noderes.netboot')?.value, node);
  const firmware = firmwareFor(system, lab, node, loader, asked);
  const directory = join(lab.layout.tftpdir, loader.directory);
  const links = loader.links(node, mac, address);
  const files = new Map<string, string>();
  for (const name of [node, ...links]) {
    const text = system.files.readTextIfThere(join(directory, name));
    const served = text === undefined ? undefined : withArguments(text, LAB_ARGUMENTS);
    if (served !== undefined) files.set(join(loader.directory, name), served);
  }
  if (links.some((name) => files.has(join(loader.directory, name)))) return { node, mac, address, firmware, kernel: kernelOf(cluster, lab, node), files };
  throw new StateliteError('LAB', `${node}: no ${loader.name} file in ${directory} boots an image on it (looked for ${links.join(' and ')})`, {
    hint: `nodeset ${node} osimage=${cluster.attribute(node, 'nodetype.provmethod')?.value ?? '<image>'}`,
  });
}

/** Puts the node's files into the lab's boot directory. */
export function putBootFiles(system: System, lab: Lab, { files }: Bootable): void {
  for (const [path, text] of files) system.files.writeAtomic(join(labPaths(lab.directory).tftp, path), text);
}

// --- internal ---

function kernelOf(cluster: Cluster, lab: Lab, node: string): LabKernel {
  const noted = (column: string): string => cluster.attribute(node, `bootparams.${column}`)?.value ?? '';
  const { tftp } = labPaths(lab.directory);
  return { kernel: join(tftp, noted('kernel')), initrd: join(tftp, noted('initrd')), arguments: `${noted('kcmdline')} ${LAB_ARGUMENTS}` };
}

/** Checks that the loader runs on the firmware, and that its program is there to be loaded. */
function firmwareFor(system: System, lab: Lab, node: string, loader: Loader, asked: LabFirmware | undefined): LabFirmware {
  const firmware = asked ?? (loader.start.bios === undefined ? 'uefi' : 'bios');
  const kind: Firmware = firmware === 'bios' ? 'bios' : 'efi64';
  const program = loader.start[kind];
  if (program === undefined) {
    throw new StateliteError('LAB', `${node}: its boot loader ${loader.name} does not run on ${firmware === 'bios' ? 'BIOS' : 'UEFI'}`, {
      hint: `chtab node=${node} noderes.netboot=${kind === 'bios' ? 'pxe' : 'grub2'}, then nodeset; or another --firmware`,
    });
  }
  if (system.files.exists(join(labPaths(lab.directory).tftp, program))) return firmware;
  const debianPackage = loader.programs.find(({ path }) => path === program)?.package ?? loader.name;
  throw new StateliteError('TOOL_MISSING', `${node}: its boot program ${program} is neither in ${lab.layout.tftpdir} nor installed`, { hint: `apt-get install ${debianPackage}, then litelab down and up` });
}
