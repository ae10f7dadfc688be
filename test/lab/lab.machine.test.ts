import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { inside, type Lab } from '../../lib/lab/instance.ts';
import type { KeeperReport } from '../../lib/lab/keeper.ts';
import { parentOf } from '../../lib/lab/proc.ts';
import type { Row } from '../../tables/table.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';

let cli: Cli;
let home: Home;

beforeAll(async () => { cli = await buildCli(); });
afterAll(() => { cli.remove(); });

beforeEach(async () => {
  home = await makeHome({ prefix: 'lab-' });
  const place = (name: string): string => {
    mkdirSync(join(home.path, 'site', name), { recursive: true });
    return join(home.path, 'site', name);
  };
  await upsert({
    site: [{ key: 'master', value: '10.77.0.1' }, { key: 'installdir', value: place('install') }, { key: 'tftpdir', value: place('tftpboot') }],
    nodelist: [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }],
    mac: [{ node: 'n01', mac: '52:54:00:77:00:11' }],
    hosts: [{ node: 'n01', ip: '10.77.0.11' }, { node: 'n02', ip: '10.77.0.12' }],
    litetree: [{ priority: '1', directory: `10.77.0.9:${place('trees')}/$node` }],
    statelite: [{ node: 'all', statemnt: `10.77.0.1:${place('state')}` }, { node: 'n02', statemnt: '10.77.0.1:/not/there' }],
  });
});

afterEach(async () => {
  await litelab('down');
  await home.cleanup();
});

const upsert = (tables: Readonly<Record<string, readonly Row[]>>): Promise<void> => withDatabase(home.system, (database) => database.write(async (writer) => {
  for (const [table, rows] of Object.entries(tables)) for (const row of rows) await writer.upsert(table, row);
}));

const litelab = (...args: string[]) => cli.run(['litelab', ...args], home.env);
const labFile = (name: string): string => join(home.path, 'lab', name);
const readLab = (): Lab => JSON.parse(readFileSync(labFile('state.json'), 'utf8')) as Lab;
const report = (): KeeperReport => JSON.parse(readFileSync(labFile('run/report.json'), 'utf8')) as KeeperReport;

/** Waits for a condition; a test that never meets it ends by Jest's own limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Everything on this machine that belongs to a lab of this test: processes by command line, namespaces by their processes, mounts by path. */
function traces(namespaces: readonly string[] = []): readonly string[] {
  const processes = pids().filter((pid) => {
    const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
    return command.includes(labFile('')) || ['net', 'pid', 'mnt', 'uts'].some((kind) => namespaces.includes(attempt(() => readlinkSync(`/proc/${pid}/ns/${kind}`)) ?? '-'));
  });
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(home.path) || line.includes(' nsfs '));
  return [...processes, ...mounts];
}

const namespacesOf = (pid: number): readonly string[] => ['net', 'pid', 'mnt', 'uts'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));

describe('litelab up and down', () => {
  test('starts all services with the addresses and exports of the tables, says so, and leaves no process, namespace or mount behind', async () => {
    const before = traces();
    const up = await litelab('up');
    expect(up).toMatchObject({ exitCode: 0 });
    expect(up.stdout).toContain('network 10.77.0.0/24, servers 10.77.0.1 10.77.0.9');
    expect(up.stdout).toContain(`export ${home.path}/site/install read-only`);
    expect(up.stdout).toContain(`export ${home.path}/site/state read-write`);
    expect(up.stderr).toContain('Warning: the tables name the directory /not/there, which is not on this machine');

    const lab = readLab();
    const namespaces = namespacesOf(lab.pid);
    expect(namespaces).not.toContain(readlinkSync('/proc/self/ns/net'));
    const status = await litelab('status', '--json');
    expect(status.exitCode).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ up: true, services: ['rpcbind', 'nfs', 'dnsmasq', 'statelited'].map((name) => ({ name, state: 'up' })), nodes: [] });
    const [program, ...args] = inside(lab, 'ip', '-oneline', 'address');
    expect((await home.system.run(program, args)).stdout).toContain('10.77.0.9/24');

    expect((await litelab('up')).exitCode).toBe(0);
    expect(readLab().pid).toBe(lab.pid);

    expect(await litelab('down')).toMatchObject({ exitCode: 0, stdout: 'the lab is down\n' });
    expect(traces(namespaces)).toEqual(before);
    expect(readdirSync(labFile(''))).toEqual(['log']);
    expect(await litelab('down')).toMatchObject({ exitCode: 0, stdout: 'the lab was not up\n' });
    expect(await litelab('status')).toMatchObject({ exitCode: 1, stdout: 'the lab is not up\n' });
  }, 60_000);

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing behind when up is ended by %s half-way', async (signal) => {
    const before = traces();
    const child = spawn(process.execPath, [cli.entry, 'litelab', 'up'], { env: home.env });
    const said: string[] = [];
    child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => existsSync(labFile('run/report.json')));
    child.kill(signal);
    expect(await ended).toBe(signal === 'SIGKILL' ? null : 1);
    if (signal !== 'SIGKILL') expect(said.join('')).toContain('interrupted: the lab was taken down again');
    await until(() => traces().length === before.length);
    expect(existsSync(labFile('state.json'))).toBe(false);
  }, 60_000);

  test.each(['the keeper', 'its parent'])('leaves nothing behind when %s is killed, and comes up again', async (victim) => {
    const before = traces();
    await litelab('up');
    const { pid } = readLab();
    const namespaces = namespacesOf(pid);
    process.kill(victim === 'the keeper' ? pid : parentOf(pid) ?? 0, 'SIGKILL');
    await until(() => traces(namespaces).length === before.length);
    expect(await litelab('status')).toMatchObject({ exitCode: 1, stdout: 'the lab is not up\n' });
    expect(await litelab('run', 'n01', 'true')).toMatchObject({ exitCode: 1, stderr: 'Error: the lab is not up\n  Hint: litelab up\n' });
    expect(await litelab('up')).toMatchObject({ exitCode: 0 });
  }, 60_000);

  test('names the service that does not start, with its log, and leaves nothing behind', async () => {
    const before = traces();
    await upsert({ site: [{ key: 'xcatdport', value: '2049' }] });
    const up = await litelab('up');
    expect(up.exitCode).toBe(1);
    expect(up.stderr).toContain('the lab did not start: statelited: ');
    expect(up.stderr).toContain('2049');
    expect(up.stderr).toContain(labFile('log/statelited.log'));
    expect(traces()).toEqual(before);
  }, 60_000);

  test('names the directory that the NFS server cannot give out, and leaves nothing behind', async () => {
    const before = traces();
    await upsert({ statelite: [{ node: 'n01', statemnt: '10.77.0.1:/proc/sys' }] });
    const up = await litelab('up');
    expect(up.exitCode).toBe(1);
    expect(up.stderr).toMatch(/^Error: the lab did not start: NFS-Ganesha cannot export \/proc\/sys: [^\n]+\n {2}Hint: exports want a file system with file handles[^\n]+\n$/m);
    expect(traces()).toEqual(before);
  }, 60_000);

  test('tells of a service that ends later; SIGHUP to the keeper starts it again', async () => {
    await litelab('up');
    const [program, ...args] = inside(readLab(), 'kill', '-KILL', String(report().services.find(({ name }) => name === 'statelited')?.pid));
    await home.system.run(program, args);
    await until(() => report().services.some(({ state }) => state === 'ended'));
    expect(await litelab('status')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/service statelited: ended, .*SIGKILL/) });
    process.kill(readLab().pid, 'SIGHUP');
    await until(() => report().services.every(({ state }) => state === 'up'));
    expect(await litelab('status')).toMatchObject({ exitCode: 0 });
  }, 60_000);

  test('refuses to boot nodes without a MAC or a boot file, each with what to do, and starts none', async () => {
    await litelab('up');
    const boot = await litelab('boot', 'all');
    expect(boot.exitCode).toBe(1);
    expect(boot.stderr).toContain('n01: no pxe file in');
    expect(boot.stderr).toContain('Hint: nodeset n01 osimage=<image>');
    expect(boot.stderr).toContain('n02: the mac table has no address for it');
    expect(boot.stderr).toContain('Error: 2 nodes cannot be booted; none was started');
    expect((await litelab('status')).stdout).not.toContain('n01');
  }, 60_000);

  test('refuses a firmware there is not, and one the boot loader of the node does not run on', async () => {
    await litelab('up');
    expect(await litelab('boot', 'n01', '--firmware', 'coreboot')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('wanted one of bios, uefi, uefi-http') });
    expect(await litelab('boot', 'n01', '--firmware', 'uefi')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n01: its boot loader pxe does not run on UEFI') });
  }, 60_000);

  test('takes no further words', async () => {
    expect(await litelab('up', 'now')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('litelab up takes no arguments, found now') });
  });
});
