import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootOutcome } from '../../lib/lab/console-log.ts';
import { requireLab } from '../../lib/lab/instance.ts';
import { nodePaths } from '../../lib/lab/qemu.ts';
import { ensureAuthority } from '../../lib/service/certificates.ts';
import { createSystem } from '../../lib/system/system.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { bootArm } from '../helpers/arm-node.ts';
import { consoleOf } from '../helpers/boot-site.ts';
import { debianPackage } from '../helpers/debian-package.ts';
import { makeArmImage } from '../helpers/arm-image.ts';
import { startIpmiSim } from '../helpers/ipmi-sim.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.31.0.1';
/** Nodes by the value of noderes.netboot they are named after; the number ends address and MAC. */
const NODES: Readonly<Record<string, string>> = { xnba: '11', grub2: '12', 'grub2-http': '13' };
/** Nodes with an ARM processor: number, and noderes.netboot. */
const ARM_NODES: Readonly<Record<string, readonly [number: string, netboot: string]>> = { 'arm-xnba': ['21', 'xnba'], 'arm-grub2': ['22', 'grub2'] };
const ARM_IMAGE = 'debian13-aarch64-compute';

/** The directory of an image to use a copy of: STATELITE_TEST_IMAGE, else the one the quickstart's boot test keeps; without either one is made. */
const READY = [process.env['STATELITE_TEST_IMAGE'], '/var/tmp/statelite-boot-tests/quickstart/install/netboot/debian12/x86_64/compute']
  .find((directory) => directory !== undefined && existsSync(join(directory, 'initrd-statelite.gz')));

let cli: Cli;
let home = '';
const environment = () => ({ ...process.env, STATELITE_HOME: home, STATELITE_DATABASE_URL: undefined });
const system = () => ({ ...createSystem(), env: environment() });
const statelite = (...words: string[]): Promise<CliResult> => cli.run(words, environment());

async function must(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await statelite(...words);
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: exit ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(async () => {
  cli = await buildCli();
  home = mkdtempSync('/var/tmp/sl-loaders-');
  chmodSync(home, 0o711);
  const directory = join(home, 'install/netboot/debian12/x86_64/compute');
  mkdirSync(join(home, 'state'));
  for (const [key, value] of [['installdir', join(home, 'install')], ['tftpdir', join(home, 'tftpboot')], ['master', MASTER]]) await must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  for (const [node, number] of Object.entries(NODES)) {
    await must('mkdef', '-t', 'node', node, 'groups=compute,all', `ip=10.31.0.${number}`, `mac=52:54:00:31:00:${number}`, `netboot=${node}`, 'mgt=lab');
  }
  for (const [node, [number, netboot]] of Object.entries(ARM_NODES)) {
    await must('mkdef', '-t', 'node', node, 'groups=arm', `ip=10.31.0.${number}`, `mac=52:54:00:31:00:${number}`, `netboot=${netboot}`, 'serialport=0', 'serialspeed=115200');
  }
  await must('chtab', 'node=compute', `statelite.statemnt=${MASTER}:${join(home, 'state')}`);
  await must('tabrestore', '-a', 'tables/samples/litefile.csv');
  await must('tabrestore', '-a', 'tables/samples/debian/litefile.csv');
  if (READY !== undefined) {
    mkdirSync(dirname(directory), { recursive: true });
    await system().run('cp', ['-a', '--reflink=auto', READY, directory]);
    copyFileSync((await ensureAuthority(system())).certificate, join(directory, 'rootimg/etc/statelite/ca.pem'));
  }
  await must('genimage', '-o', 'debian12', '-a', 'x86_64', '-p', 'compute', '-i', 'eth0', '-n', 'virtio_net,virtio_pci', '-m', 'statelite', ...(READY === undefined ? [] : ['--onlyinitrd']));
  await must('liteimg', IMAGE);
  await must('nodeset', 'all', `osimage=${IMAGE}`);
  await putArmPrograms();
  await must('mkdef', '-t', 'osimage', ARM_IMAGE, 'osvers=debian13', 'osarch=aarch64', 'profile=compute', 'provmethod=statelite');
  await makeArmImage(join(home, 'install/netboot/debian13/aarch64/compute'));
  await must('liteimg', ARM_IMAGE);
  await must('nodeset', 'arm', `osimage=${ARM_IMAGE}`);
  await must('litelab', 'up');
}, 15 * MINUTES);

afterAll(async () => {
  await statelite('litelab', 'down');
  await statelite('litedb', 'stop');
  rmSync(home, { recursive: true, force: true });
  cli.remove();
}, 2 * MINUTES);

/** What the lab's HTTP server was asked for by a node. */
const asked = (node: string, number = NODES[node] ?? ''): string => readFileSync(join(home, 'lab/log/statelited.log'), 'utf8').split('\n')
  .filter((line) => line.includes('"boot file"') && line.includes(`"10.31.0.${number}"`)).map((line) => (JSON.parse(line) as { request: string }).request).join('\n');

/** Waits until a node's console shows a text, or that it will get no further. */
async function untilShown(node: string, text: string | RegExp): Promise<void> {
  for (;;) {
    const shown = consoleOf(requireLab(system()), node);
    if (shown.search(text) >= 0) return;
    const outcome = bootOutcome(shown);
    if (outcome.state === 'stopped') throw new Error(`${node}: ${outcome.reason}`);
    await sleep(500);
  }
}

describe('each boot loader starts the image on the firmware it is for', () => {
  let booted = '';
  afterEach(async () => { await must('rpower', booted, 'off'); });

  test.each([
    ['xnba', 'uefi', 'PXE of UEFI loads iPXE by TFTP, which goes on by HTTP'],
    ['grub2', 'uefi', 'PXE of UEFI loads GRUB, which finds the file of the MAC address'],
    ['xnba', 'uefi-http', 'UEFI loads iPXE by HTTP'],
  ])('%s on %s: %s', async (node, firmware) => {
    booted = node;
    expect(await must('litelab', 'boot', node, '--firmware', firmware, '--timeout', '170')).toMatch(new RegExp(`^${node}: up in `));
    expect(await must('litelab', 'run', node, 'cat /proc/cmdline; test -d /sys/firmware/efi && echo UEFI')).toMatch(new RegExp(` NODE=${node} .*BOOTIF=(01-)?52.54.00.31.00.${NODES[node] ?? ''} [^]*\nUEFI\n`));
    expect(await must('litelab', 'run', node, 'stat -f -c %T / && test -s /.statelite/statelite.log && hostname')).toBe(`nfs\n${node}\n`);
    if (node === 'xnba') expect(asked(node)).toMatch(/GET .*\/xcat\/xnba\/nodes\/xnba\nGET .*\/kernel\nGET .*\/initrd.gz/);
    if (firmware === 'uefi-http') expect(asked(node)).toMatch(/HEAD .*\/xcat\/xnba.efi\nGET .*\/xcat\/xnba.efi\n/);
  }, 3 * MINUTES);

  test('xnba on bios, by a controller that speaks IPMI: rpower switches the machine, rcons joins its serial line', async () => {
    booted = 'xnba';
    const serial = await serveConsole('xnba');
    const sim = await startIpmiSim(join(home, 'bmc'), 'a-secret', { serial: (serial.address() as { readonly port: number }).port, chassis: labChassis('xnba') });
    try {
      await must('chtab', 'node=xnba', 'nodehm.mgt=ipmi', `ipmi.bmc=${sim.bmc}`, 'ipmi.username=ADMIN', 'ipmi.password=a-secret');
      expect(await must('rpower', 'xnba,grub2', 'stat')).toBe('grub2: off\nxnba: off\n');
      expect(await must('rpower', 'xnba', 'boot')).toBe('xnba: on\n');
      await untilOn('xnba');
      await untilShown('xnba', / login: /);
      expect(await must('litelab', 'run', 'xnba', 'test -d /sys/firmware/efi || echo BIOS')).toBe('BIOS\n');
      expect(await consoleSession('xnba')).toMatch(/leave with ~\.[^]*SOL Session operational[^]*xnba login: /);
      const before = readFileSync(nodePaths(requireLab(system()), 'xnba').state, 'utf8');
      expect(await must('rpower', 'xnba', 'boot')).toBe('xnba: on reset\n');
      await untilOn('xnba');
      expect(readFileSync(nodePaths(requireLab(system()), 'xnba').state, 'utf8')).not.toBe(before);
      expect(await must('rpower', 'xnba', 'off')).toBe('xnba: off\n');
      expect(await must('rpower', 'xnba', 'stat')).toBe('xnba: off\n');
    } finally {
      await sim.stop();
      serial.close();
      await must('chtab', 'node=xnba', 'nodehm.mgt=lab');
    }
  }, 4 * MINUTES);

  test('grub2-http on uefi: GRUB comes by TFTP, kernel and initrd by HTTP', async () => {
    booted = 'grub2-http';
    await must('rpower', 'grub2-http', 'on');
    await untilShown('grub2-http', /Linux version/);
    expect(asked('grub2-http')).toMatch(/GET .*\/kernel\nGET .*\/initrd.gz/);
  }, 3 * MINUTES);

  test('grub2 on uefi-http, the GRUB of Debian 13: it and all it needs come by HTTP', async () => {
    booted = 'grub2';
    await putGrub('amd64', 'x86_64', 'x64');
    expect(await must('litelab', 'boot', 'grub2', '--firmware', 'uefi-http', '--timeout', '170')).toMatch(/^grub2: up in /);
    expect(asked('grub2')).toMatch(/GET .*\/boot\/grub2\/grub2\.x86_64\n[^]*GET .*\/grub\/grub\.cfg\n[^]*GET .*\/boot\/grub2\/grub\.cfg-01-52-54-00-31-00-12\n[^]*GET .*\/kernel\n[^]*GET .*\/initrd\.gz$/);
  }, 3 * MINUTES);
});

describe('on ARM, the loader finds the file of its node and starts kernel and initrd with the arguments in it', () => {
  test.each([
    ['arm-xnba', 'uefi', 'PXE loads iPXE by TFTP, which goes on by HTTP'],
    ['arm-grub2', 'uefi', 'PXE loads GRUB, which goes on by TFTP'],
    ['arm-grub2', 'uefi-http', 'GRUB and all it needs come by HTTP'],
  ])('%s on %s: %s', async (node, firmware) => {
    const [number = '', netboot = ''] = ARM_NODES[node] ?? [];
    const shown = await bootArm(system(), { mac: `52:54:00:31:00:${number}`, http: firmware === 'uefi-http', directory: join(home, 'arm'), until: /INITRD aarch64 .*BOOTIF=\S+/, seconds: 170 });
    expect(shown).toMatch(new RegExp(`INITRD aarch64 .* NFSROOT=${MASTER}:\\S+/install/netboot/debian13/aarch64/compute STATEMNT= XCAT=${MASTER}:3001 NODE=${node} console=tty0 console=ttyAMA0,115200 BOOTIF=(01-)?52.54.00.31.00.${number}`));
    if (netboot === 'xnba' || firmware === 'uefi-http') expect(asked(node, number)).toMatch(/GET .*\/kernel\n[^]*GET .*\/initrd\.gz$/);
    if (firmware === 'uefi-http') expect(asked(node, number)).toMatch(/GET .*\/boot\/grub2\/grub2\.aarch64\n/);
  }, 4 * MINUTES);
});

// --- internal ---

/** What the controller's machine does: the virtual node, as litelab switches it. */
const labChassis = (node: string): string => `
lab() { STATELITE_HOME='${home}' '${process.execPath}' '${cli.entry}' litelab "$@" </dev/null 2>&1; }
on() { lab boot ${node} --timeout 170 >/dev/null & }
case "$*" in
"get "*) shift; for name; do lab status | grep -q '^${node}: [bus]' && [ "$name" = power ] && echo "$name:1" || echo "$name:0"; done ;;
"set power 0") lab off ${node} >/dev/null ;;
"set power 1") on ;;
"set reset 1") lab off ${node} >/dev/null; on ;;
esac
`;

/** A node's serial line by TCP, as controllers have it: whoever comes is joined to the console as soon as there is one. */
async function serveConsole(node: string): Promise<Server> {
  const server = createServer((client) => {
    const join = (): void => {
      const line = connect(nodePaths(requireLab(system()), node).console);
      line.once('connect', () => { client.pipe(line).pipe(client); }).once('close', () => client.destroy());
      line.once('error', () => { setTimeout(() => { if (!client.destroyed) join(); }, 200); });
    };
    client.on('error', () => undefined);
    join();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Waits until the controller says that the machine is on; a machine takes its time. */
async function untilOn(node: string): Promise<void> {
  while ((await statelite('rpower', node, 'stat')).stdout !== `${node}: on\n`) await sleep(500);
}

/** Joins a node's console by rcons on a terminal of its own, asks for a new login prompt and leaves; gives back what was shown. */
async function consoleSession(node: string): Promise<string> {
  const child = spawn('script', ['-qefc', `'${process.execPath}' '${cli.entry}' rcons ${node}`, '/dev/null'], { env: environment() });
  let shown = '';
  child.stdout.on('data', (data: Buffer) => { shown += data.toString(); });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const until = async (text: RegExp): Promise<void> => {
    for (let tries = 0; !text.test(shown); tries += 1) {
      if (tries > 300) throw new Error(`rcons shows no ${String(text)}:\n${shown}`);
      await sleep(200);
    }
  };
  await until(/SOL Session operational/);
  child.stdin.write('\r');
  await until(/ login: /);
  child.stdin.write('\r~.');
  await ended;
  return shown;
}

/** The GRUB of Debian 13, where a site puts one that is newer than this machine's. */
async function putGrub(debian: string, ours: string, suffix: string): Promise<void> {
  const unpacked = await debianPackage('trixie', debian, `grub-efi-${debian}-signed`);
  mkdirSync(join(home, 'tftpboot/boot/grub2'), { recursive: true });
  copyFileSync(join(unpacked, `usr/lib/grub/${debian === 'amd64' ? 'x86_64' : debian}-efi-signed/grubnet${suffix}.efi.signed`), join(home, `tftpboot/boot/grub2/grub2.${ours}`));
}

async function putArmPrograms(): Promise<void> {
  await putGrub('arm64', 'aarch64', 'aa64');
  copyFileSync(join(await debianPackage('trixie', 'amd64', 'ipxe'), 'usr/lib/ipxe/ipxe-arm64.efi'), join(home, 'tftpboot/xcat/xnba.arm64.efi'));
}
