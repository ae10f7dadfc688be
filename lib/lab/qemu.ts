import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Acceleration } from './accel.ts';
import type { LabFirmware, LabKernel } from './bootable.ts';
import type { DiskFile, DiskKind } from './disks.ts';
import { nicArguments, type LabNic } from './nics.ts';

/** The files of a node in the lab. */
export interface NodePaths {
  /** Console of the node, a unix socket. */
  readonly console: string;
  /** Root shell of the node, a unix socket. */
  readonly shell: string;
  readonly monitor: string;
  /** When it was started and was up. */
  readonly state: string;
  /** All that came over the console since it was started. */
  readonly consoleLog: string;
  readonly qemuLog: string;
  /** Settings of the node's UEFI, its own copy. */
  readonly uefiSettings: string;
  /** Sockets of the switch that a node in a VLAN is plugged into. */
  readonly switch: string;
}

/** Where a node's files are; throws LAB when the socket paths are longer than the kernel takes. */
export function nodePaths(lab: { readonly directory: string }, node: string): NodePaths {
  const directory = join(lab.directory, 'run', 'nodes', node);
  const log = join(lab.directory, 'log');
  const paths = {
    console: join(directory, 'console'), shell: join(directory, 'shell'), monitor: join(directory, 'monitor'), state: join(directory, 'state.json'),
    consoleLog: join(log, `${node}.console.log`), qemuLog: join(log, `${node}.qemu.log`),
    uefiSettings: join(directory, 'uefi-settings'),
    switch: join(directory, 'vde'),
  };
  if (paths.monitor.length <= LONGEST_SOCKET) return paths;
  throw new StateliteError('LAB', `the path ${paths.monitor} is too long for a socket (${LONGEST_SOCKET} bytes at most)`, { hint: 'set STATELITE_HOME to a shorter path' });
}

export interface MachineOptions {
  readonly node: string;
  readonly mac: string;
  /** MiB. */
  readonly memory: number;
  readonly acceleration: Acceleration;
  readonly firmware: LabFirmware;
  readonly paths: NodePaths;
  readonly disks?: readonly DiskFile[];
  /** One on the lab's network when not given. */
  readonly nics?: readonly LabNic[];
  /** Started in place of what the firmware would find. */
  readonly kernel?: LabKernel | undefined;
}

/** OVMF, the UEFI of virtual machines, as Debian's package ovmf has it: program, and settings to copy for each node. */
export const UEFI = { program: '/usr/share/OVMF/OVMF_CODE_4M.fd', settings: '/usr/share/OVMF/OVMF_VARS_4M.fd' } as const;

/** Arguments of QEMU for one node: boots from the network only, two serial lines (console, root shell), a monitor for its power. */
export function qemuArguments({ node, mac, memory, acceleration, firmware, paths, disks = [], nics = ['lab'], kernel }: MachineOptions): readonly string[] {
  const option = (path: string): string => path.replaceAll(',', ',,');
  return [
    '-name', node,
    '-machine', 'pc,graphics=off', '-accel', ACCELERATOR[acceleration], '-cpu', CPU[acceleration], '-smp', '1', '-m', String(memory),
    '-display', 'none', '-vga', 'none', '-nodefaults', '-no-user-config',
    ...(firmware === 'bios' ? [] : [
      '-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${UEFI.program}`,
      '-drive', `if=pflash,unit=1,format=raw,file=${option(paths.uefiSettings)}`,
    ]),
    ...(firmware === 'uefi-http' ? ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=no', '-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=no'] : []),
    ...nicArguments(nics, mac, firmware === 'bios', paths.switch),
    ...(kernel === undefined ? [] : ['-kernel', kernel.kernel, '-initrd', kernel.initrd, '-append', kernel.arguments]),
    ...[...new Set(disks.flatMap(({ kind }) => CONTROLLER[kind] ?? []))].flatMap((controller) => ['-device', controller]),
    ...disks.flatMap(({ kind, path, number }, index) => [
      '-drive', `if=none,id=disk${index},format=raw,cache=writeback,discard=unmap,file=${option(path)}`,
      '-device', `${DEVICE[kind](disks.slice(0, index).filter((disk) => disk.kind === kind).length)},drive=disk${index},serial=${node}-disk${number}${HAS_WWN.has(kind) ? `,wwn=${wwn(mac, number)}` : ''}`,
    ]),
    '-chardev', `socket,id=console,path=${option(paths.console)},server=on,wait=off,logfile=${option(paths.consoleLog)},logappend=off`,
    '-serial', 'chardev:console',
    '-chardev', `socket,id=shell,path=${option(paths.shell)},server=on,wait=off`,
    '-serial', 'chardev:shell',
    '-qmp', `unix:${option(paths.monitor)},server=on,wait=off`,
    '-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=random',
  ];
}

// --- internal ---

/**
 * A small translation cache is thrown away more often, and with it the marks on memory that once held code: with the default size, the
 * first writes to memory freed by the initrd took 15 s of each boot.
 */
const ACCELERATOR: Readonly<Record<Acceleration, string>> = { kvm: 'kvm', tcg: 'tcg,tb-size=80' };

/** x86-64-v2, what current distributions need; more makes software emulation slow, and in QEMU 7.2 unreliable. */
const CPU: Readonly<Record<Acceleration, string>> = { kvm: 'host', tcg: 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16,+lahf_lm,svm=off' };

/** What disks of a kind are plugged into. */
const CONTROLLER: Readonly<Partial<Record<DiskKind, string>>> = { sata: 'ich9-ahci,id=sata', sas: 'mptsas1068,id=sas', raid: 'megasas-gen2,id=raid', scsi: 'virtio-scsi-pci,id=scsi' };

/** The so-manieth disk of a kind, from 0. */
const DEVICE: Readonly<Record<DiskKind, (index: number) => string>> = {
  virtio: () => 'virtio-blk-pci',
  nvme: () => 'nvme',
  sata: (index) => `ide-hd,bus=sata.${index}`,
  sas: () => 'scsi-hd,bus=sas.0',
  raid: () => 'scsi-hd,bus=raid.0',
  scsi: () => 'scsi-hd,bus=scsi.0',
};

const HAS_WWN: ReadonlySet<DiskKind> = new Set(['sata', 'sas', 'raid', 'scsi']);

/** A world wide name of a disk: that of form 5, with the node's MAC and the disk's number. */
const wwn = (mac: string, number: number): string => `0x5${mac.replaceAll(':', '')}${number.toString(16).padStart(3, '0')}`;

const LONGEST_SOCKET = 107;
