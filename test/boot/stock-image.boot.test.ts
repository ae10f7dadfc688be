// A stock Debian 12 image, an empty litefile table, and only what litecheck proposes.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBootSite, quickstartImage, typeRows, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.50.0.1';
const IN_HOME = 'install/netboot/debian12/x86_64/compute';
let site: BootSite;

beforeAll(async () => {
  site = await openBootSite('stock');
  rmSync(site.home, { recursive: true, force: true });
  mkdirSync(join(site.home, 'tftpboot'), { recursive: true });
  await site.must('chtab', 'key=installdir', `site.value=${join(site.home, 'install')}`);
  await site.must('chtab', 'key=tftpdir', `site.value=${join(site.home, 'tftpboot')}`);
  await site.must('chtab', 'key=master', `site.value=${MASTER}`);
  await site.must('mkdef', '-t', 'node', 'n01', 'groups=all', 'ip=10.50.0.11', 'mac=52:54:00:50:00:11', 'netboot=pxe', `nfsserver=${MASTER}`, `xcatmaster=${MASTER}`, 'serialport=0', 'serialspeed=115200');
  await quickstartImage(site);
}, 10 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

test('litecheck finds that it needs rows, and has nothing against the image once its proposals are in the table', async () => {
  expect((await site.must('tabdump', 'litefile')).stdout.trim().split('\n')).toHaveLength(1);
  const { exitCode, stdout } = await site.statelite('litecheck', '--fix', IMAGE);
  const commands = stdout.trim().split('\n');
  expect(exitCode).toBe(1);
  expect(commands.length).toBeGreaterThan(3);
  for (const command of commands) expect(command).toMatch(/^chtab [\w@%+=:,./ -]+$/);
  expect(await typeRows(site, stdout)).toEqual(commands);
  const again = JSON.parse((await site.statelite('litecheck', '--json', IMAGE)).stdout) as readonly { readonly severity: string; readonly reason: string }[];
  expect(again.filter(({ severity }) => severity === 'error')).toEqual([]);
}, 2 * MINUTES);

test('with those rows it boots, and no unit fails', async () => {
  await site.must('liteimg', IMAGE);
  await site.must('nodeset', 'n01', `statelite=${IMAGE}`);
  await site.must('litelab', 'up');
  await site.must('litelab', 'boot', 'n01', '--timeout', '400');
  const state = await site.statelite('litelab', 'run', 'n01', 'systemctl is-system-running --wait; systemctl --failed --no-legend --plain; findmnt -no FSTYPE,OPTIONS /');
  expect(state.stdout).toMatch(/^running\nnfs4?\s+ro,/);
}, 10 * MINUTES);

test('an image that is made anew is there at the next boot; until then a running node has all of the one before', async () => {
  const on = async (command: string): Promise<string> => (await site.must('litelab', 'run', 'n01', command)).stdout.trim();
  const mark = join(site.home, IN_HOME, 'rootimg/etc/mark');
  writeFileSync(mark, 'before\n');
  expect((await site.must('genimage', IMAGE)).stdout).toContain('rootimg.old: nodes that run from it go on until they boot again');
  expect(existsSync(mark)).toBe(false);
  expect(await on('cat /etc/mark; find /usr/bin /usr/lib/systemd /etc -xdev -type f -exec cat {} + 2>&1 >/dev/null | grep -c .; systemctl is-system-running')).toBe('before\n0\nrunning');
  expect((await site.statelite('rmimage', '--old', IMAGE)).stderr).toContain('n01 has not booted since genimage replaced the tree it runs from');
  await site.must('liteimg', IMAGE);
  await site.must('nodeset', 'n01', `statelite=${IMAGE}`);
  await site.must('litelab', 'reboot', 'n01', '--timeout', '400');
  expect(await on('cat /etc/mark 2>&1; systemctl is-system-running --wait')).toMatch(/No such file or directory\nrunning$/);
  await site.must('rmimage', '--old', IMAGE);
}, 15 * MINUTES);
