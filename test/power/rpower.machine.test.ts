import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { startIpmiSim, type IpmiSim } from '../helpers/ipmi-sim.ts';

const PASSWORD = 'a-secret-word';

let cli: Cli;
let home: Home;
let sims: readonly IpmiSim[] = [];

beforeAll(async () => {
  cli = await buildCli();
  home = await makeHome({ prefix: 'power-' });
  sims = [await startIpmiSim(join(home.path, 'sim1'), PASSWORD), await startIpmiSim(join(home.path, 'sim2'), PASSWORD)];
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
  await home.cleanup();
  cli.remove();
});

const rpower = (...args: string[]) => cli.run(['rpower', ...args], home.env);

describe('rpower by IPMI', () => {
  beforeEach(async () => { await rpower('compute', 'off'); }, 60_000);

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

  test('does the others when nodes cannot be switched, says which and why, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await rpower('n01,n03,n04', 'stat');
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 1, stdout: 'n01: off\n' });
    expect(stderr).toContain('Error: n03: nodehm.mgt is empty, wanted ipmi or lab\n  Hint: chtab node=n03 nodehm.mgt=ipmi');
    expect(stderr).toMatch(/Error: n04: ipmitool .*ended with exit code 1/);
    expect(stderr).not.toContain('wrong');
  }, 60_000);

  test('gives up on a controller that does not answer', async () => {
    await withDatabase(home.system, (database) => database.write((writer) => writer.upsert('ipmi', { node: 'n03', bmc: '127.0.0.1:9' })));
    await withDatabase(home.system, (database) => database.write((writer) => writer.upsert('nodehm', { node: 'n03', mgt: 'ipmi' })));
    expect(await rpower('n03', 'stat', '--timeout', '1')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/n03: ipmitool .*did not end in 1 s/) });
    await withDatabase(home.system, (database) => database.write((writer) => writer.upsert('nodehm', { node: 'n03', mgt: '' })));
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
