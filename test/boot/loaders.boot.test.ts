import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootOutcome } from '../../lib/lab/console-log.ts';
import { requireLab } from '../../lib/lab/instance.ts';
import { ensureAuthority } from '../../lib/service/certificates.ts';
import { createSystem } from '../../lib/system/system.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { consoleOf } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.31.0.1';
/** Nodes by the value of noderes.netboot they are named after; the number ends address and MAC. */
const NODES: Readonly<Record<string, string>> = { xnba: '11', grub2: '12', 'grub2-http': '13' };

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
  await must('litelab', 'up');
}, 15 * MINUTES);

afterAll(async () => {
  await statelite('litelab', 'down');
  await statelite('litedb', 'stop');
  rmSync(home, { recursive: true, force: true });
  cli.remove();
}, 2 * MINUTES);

/** What the lab's HTTP server was asked for by a node. */
const asked = (node: string): string => readFileSync(join(home, 'lab/log/statelited.log'), 'utf8').split('\n')
  .filter((line) => line.includes('"boot file"') && line.includes(`"10.31.0.${NODES[node] ?? ''}"`)).map((line) => (JSON.parse(line) as { request: string }).request).join('\n');

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

  test('xnba on bios, switched on by rpower: the iPXE of the card loads the script by HTTP', async () => {
    booted = 'xnba';
    expect(await must('rpower', 'xnba,grub2', 'stat')).toBe('grub2: off\nxnba: off\n');
    expect(await must('rpower', 'xnba', 'boot')).toBe('xnba: on\n');
    expect(await must('rpower', 'xnba', 'stat')).toBe('xnba: on\n');
    await untilShown('xnba', / login: /);
    expect(await must('litelab', 'run', 'xnba', 'test -d /sys/firmware/efi || echo BIOS')).toBe('BIOS\n');
    expect(await must('rpower', 'xnba', 'boot')).toBe('xnba: on reset\n');
    await untilShown('xnba', /nodes\/xnba\.\.\. ok/);
  }, 3 * MINUTES);

  test('grub2-http on uefi: GRUB comes by TFTP, kernel and initrd by HTTP', async () => {
    booted = 'grub2-http';
    await must('rpower', 'grub2-http', 'on');
    await untilShown('grub2-http', /Linux version/);
    expect(asked('grub2-http')).toMatch(/GET .*\/kernel\nGET .*\/initrd.gz/);
  }, 3 * MINUTES);
});
