import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plain } from '../../lib/lab/console-log.ts';
import { inside, requireLab } from '../../lib/lab/instance.ts';
import { tapName } from '../../lib/lab/nics.ts';
import { BRIDGE } from '../../lib/lab/services.ts';
import type { System } from '../../lib/system/system.ts';

export interface ArmBoot {
  readonly mac: string;
  /** UEFI HTTP boot, not PXE. */
  readonly http: boolean;
  readonly directory: string;
  readonly until: RegExp;
  readonly seconds: number;
}

/** UEFI for aarch64, as Debian's package qemu-efi-aarch64 has it. */
const AAVMF = { program: '/usr/share/AAVMF/AAVMF_CODE.fd', settings: '/usr/share/AAVMF/AAVMF_VARS.fd' };

/** Boots a machine with an ARM processor in the lab that is up, until its console shows a text, and ends it; returns what it showed. */
export async function bootArm(system: System, { mac, http, directory, until, seconds }: ArmBoot): Promise<string> {
  const lab = requireLab(system);
  const tap = tapName(mac);
  const [settings, log] = ['settings', 'console'].map((name) => join(directory, `${tap}${http ? '-http' : ''}.${name}`)) as [string, string];
  mkdirSync(directory, { recursive: true });
  copyFileSync(AAVMF.settings, settings);
  truncateSync(settings, 64 * 1024 * 1024);
  const within = async (...command: readonly [string, ...string[]]): Promise<void> => {
    const [program, ...args] = inside(lab, ...command);
    await system.run(program, args);
  };
  await within('ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap');
  await within('ip', 'link', 'set', tap, 'master', BRIDGE, 'up');
  const [program, ...args] = inside(lab, 'qemu-system-aarch64',
    '-M', 'virt', '-cpu', 'cortex-a57', '-accel', 'tcg,tb-size=80', '-m', '512', '-display', 'none', '-nodefaults',
    '-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${AAVMF.program}`, '-drive', `if=pflash,unit=1,format=raw,file=${settings}`,
    ...(http ? ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=no', '-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=no'] : []),
    '-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`, '-device', `virtio-net-pci,netdev=net0,mac=${mac},bootindex=1,romfile=`,
    '-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=random', '-serial', `file:${log}`);
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  const shown = (): string => (existsSync(log) ? plain(readFileSync(log, 'latin1')) : '');
  for (let waited = 0; waited < seconds * 2 && child.exitCode === null && !until.test(shown()); waited += 1) await sleep(500);
  child.kill();
  await ended;
  await within('ip', 'link', 'delete', tap);
  return shown();
}
