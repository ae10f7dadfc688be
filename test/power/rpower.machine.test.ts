import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readPowerOn, saveBoots } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { parseReport } from '../../lib/stat/boot.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { startIpmiSim, startSilentBmc, type IpmiSim, type SilentBmc } from '../helpers/ipmi-sim.ts';

const PASSWORD = 'a-secret-word';

let cli: Cli;
let home: Home;
let sims: readonly IpmiSim[] = [];
let silent: SilentBmc;

beforeAll(async () => {
  cli = await buildCli();
  home = await makeHome({ prefix: 'power-' });
  sims = [await startIpmiSim(join(home.path, 'sim1'), PASSWORD), await startIpmiSim(join(home.path, 'sim2'), PASSWORD)];
  silent = await startSilentBmc();
  await withDatabase(home.system, (database) => database.write(async (writer) => {
    for (const [index, node] of ['n01', 'n02'].entries()) {
      await writer.upsert('nodelist', { node, groups: 'compute' });
      await writer.upsert('ipmi', { node, bmc: sims[index]?.bmc ?? '' });
    }
    await writer.upsert('nodelist', { node: 'n03', groups: 'all' });
    await writer.upsert('nodelist', { node: 'n04', groups: 'all' });
    await writer.upsert('ipmi', { node: 'n04', bmc: sims[0]?.bmc ?? '', username: 'ADMIN', password: 'wrong' });
    await writer.upsert('nodehm', { node: 'compute', mgt: 'ipmi' });
    await writer.upsert('nodehm', { node: 'n04', mgt: 'ipmi' });
    await writer.upsert('passwd', { key: 'ipmi', username: 'ADMIN', password: PASSWORD });
  }));
}, 60_000);

afterAll(async () => {
  await Promise.all(sims.map(({ stop }) => stop()));
  silent.stop();
  await home.cleanup();
  cli.remove();
});

const rpower = (...args: string[]) => cli.run(['rpower', ...args], home.env);

/** A node with this controller. */
const set = (node: string, bmc: string, account: Readonly<Record<string, string>> = {}): Promise<void> => withDatabase(home.system, (database) => database.write(async (writer) => {
  await writer.upsert('nodelist', { node, groups: 'all' });
  await writer.upsert('ipmi', { node, bmc, ...account });
  await writer.upsert('nodehm', { node, mgt: 'ipmi' });
}));

describe('rpower by IPMI', () => {
  beforeEach(() => { for (const sim of sims) sim.unplug(); });

  test('switches nodes on and off and says what is on, a line a node in the order of the noderange', async () => {
    expect(await rpower('n01', 'on')).toMatchObject({ exitCode: 0, stdout: 'n01: on\n', stderr: '' });
    expect(await rpower('compute', 'stat')).toMatchObject({ exitCode: 0, stdout: 'n01: on\nn02: off\n' });
    expect(await rpower('n02', 'state', '--json')).toMatchObject({ exitCode: 0, stdout: '[\n  {\n    "node": "n02",\n    "state": "off"\n  }\n]\n' });
  }, 60_000);

  test('boot resets what is on, and switches on what is off', async () => {
    await rpower('n01', 'on');
    expect(await rpower('compute', 'boot')).toMatchObject({ exitCode: 0, stdout: 'n01: on reset\nn02: on\n' });
    expect(sims.map(({ asked }) => asked().filter((line) => line.startsWith('set')).at(-1))).toEqual(['set reset 1', 'set power 1']);
  }, 60_000);

  test('notes when it switched nodes on, for their timelines, and nothing when it only looks', async () => {
    const noted = (): Promise<ReadonlyMap<string, number>> => withDatabase(home.system, (database) => readPowerOn(database, ['n01', 'n02', 'n03']));
    const begun = Date.now();
    await rpower('n01,n03', 'boot');
    const times = await noted();
    expect([(times.get('n01') ?? 0) >= begun, times.has('n03')]).toEqual([true, false]);
    await rpower('n01', 'stat');
    expect(await noted()).toEqual(times);
    const boots = [1, 2].map((nth) => parseReport('n01', `boot 00000000-0000-0000-0000-00000000000${nth}\nphase kernel 0`, (times.get('n01') ?? 0) + nth * 30_000)).filter((boot) => boot !== undefined);
    await withDatabase(home.system, (database) => saveBoots(database, boots.slice(0, 1)));
    expect(await noted()).toEqual(times);
    await withDatabase(home.system, (database) => saveBoots(database, boots));
    expect((await noted()).has('n01')).toBe(false);
  }, 60_000);

  test('does the others when nodes cannot be switched, says which and why, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await rpower('n01,n03,n04', 'stat');
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 1, stdout: 'n01: off\n' });
    expect(stderr).toContain('Error: n03: nodehm.mgt is empty, wanted ipmi or lab\n  Hint: chtab node=n03 nodehm.mgt=ipmi');
    expect(stderr).toMatch(/Error: n04: its controller 127\.0\.0\.1:\d+ refuses the password of the account "ADMIN"\n {2}Hint: tabdump ipmi and tabdump passwd /);
    expect(stderr).not.toContain('wrong');
  }, 60_000);

  test('tells a silent controller from one without an address, an account that is not there from a wrong password', async () => {
    await set('n05', silent.bmc);
    await set('n06', 'bmc.invalid');
    await set('n07', sims[0]?.bmc ?? '', { username: 'NOBODY', password: PASSWORD });
    const { stderr } = await rpower('n04-n07', 'stat');
    expect(stderr.replace(/127\.0\.0\.1:\d+/g, 'BMC').split('\n').filter((line) => line.startsWith('Error'))).toEqual([
      'Error: n04: its controller BMC refuses the password of the account "ADMIN"', 'Error: n05: its controller BMC does not answer',
      'Error: n06: its controller bmc.invalid has no address that this machine knows', 'Error: n07: its controller BMC knows no account "NOBODY"',
    ]);
    expect((await rpower('n05', 'stat', '--timeout', '1')).stderr).toMatch(/^Error: n05: its controller \S+ did not answer in 1 s\n {2}Hint: .*--timeout/);
  }, 60_000);

  test('shows the password to no other user: it is on no command line', async () => {
    const bin = join(home.path, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ipmitool'), `#!/bin/sh\nprintf '%s\\n' "$*" >'${home.path}/arguments'\nexec ${await realIpmitool()} "$@"\n`);
    chmodSync(join(bin, 'ipmitool'), 0o755);
    expect((await cli.run(['rpower', 'n01', 'stat'], { ...home.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` })).stdout).toBe('n01: off\n');
    expect(readFileSync(join(home.path, 'arguments'), 'utf8')).toMatch(/-U ADMIN -E chassis power status/);
    expect(readFileSync(join(home.path, 'arguments'), 'utf8')).not.toContain(PASSWORD);
    rmSync(bin, { recursive: true });
  }, 60_000);
});

test('a hundred controllers, three of which are no help: the others are done in one go, each trouble is told by name', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `b${String(index).padStart(3, '0')}`);
  const many: IpmiSim[] = [];
  for (const name of names) many.push(await startIpmiSim(join(home.path, name), PASSWORD));
  try {
    const bad: Readonly<Record<string, Readonly<Record<string, string>>>> = { b010: { bmc: silent.bmc }, b050: { bmc: 'bmc.invalid' }, b090: { username: 'ADMIN', password: 'wrong' } };
    await withDatabase(home.system, (database) => database.write(async (writer) => {
      for (const [index, node] of names.entries()) {
        await writer.upsert('nodelist', { node, groups: 'rack' });
        await writer.upsert('ipmi', { node, bmc: many[index]?.bmc ?? '', ...bad[node] });
      }
      await writer.upsert('nodehm', { node: 'rack', mgt: 'ipmi' });
    }));
    const { exitCode, stdout, stderr } = await rpower('rack', 'boot');
    expect(stdout).toBe(names.filter((name) => !(name in bad)).map((name) => `${name}: on\n`).join(''));
    expect(stderr.split('\n').filter((line) => line.startsWith('Error')).map((line) => line.slice(0, 'Error: b000'.length))).toEqual(['Error: b010', 'Error: b050', 'Error: b090']);
    expect(exitCode).toBe(1);
    expect(many.filter(({ asked }) => asked().includes('set power 1'))).toHaveLength(97);
  } finally {
    await Promise.all(many.map(({ stop }) => stop()));
  }
}, 300_000);

describe('rcons', () => {
  test('knows no console of a node without a method, and no unknown node', async () => {
    expect(await cli.run(['rcons', 'n03'], home.env)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n03: nodehm.mgt is empty, wanted ipmi or lab') });
    expect(await cli.run(['rcons', 'nobody'], home.env)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('nobody is not in nodelist') });
  }, 60_000);
});

test('rpower needs a lab that is up for virtual nodes, and an action it has', async () => {
  await withDatabase(home.system, (database) => database.write((writer) => writer.upsert('nodehm', { node: 'n03', mgt: 'lab' })));
  expect(await rpower('n03', 'boot')).toMatchObject({ exitCode: 1, stderr: 'Error: n03: the lab is not up\n  Hint: litelab up\n' });
  expect(await rpower('n03', 'dance')).toMatchObject({ exitCode: 2 });
  expect(await rpower('n03', 'stat', '--timeout', 'soon')).toMatchObject({ exitCode: 2 });
}, 60_000);

// --- internal ---

function realIpmitool(): Promise<string> {
  const child = spawn('sh', ['-c', 'command -v ipmitool']);
  return new Promise((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim())));
}
