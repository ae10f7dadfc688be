import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { KEPT_BOOTS, saveBoots } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { newToken, saveTokens } from '../../lib/db/tokens.ts';
import { parseReport } from '../../lib/stat/boot.ts';
import { makeCliHome, type CliHome } from '../helpers/cli-home.ts';
import { putServedNodes, until } from '../helpers/served-nodes.ts';

const N01 = '127.0.0.2';
const N02 = '127.0.0.3';
const bootId = (number: number): string => `0f0e0d0c-1111-4222-8333-${String(number).padStart(12, '0')}`;

let home: CliHome;
let daemon: { readonly port: number; readonly iport: number; readonly process: ChildProcess; readonly log: () => string } | undefined;

async function start(...more: readonly string[]): Promise<NonNullable<typeof daemon>> {
  const child = spawn(process.execPath, [home.cli.entry, 'statelited', '--listen', '127.0.0.1', '--port', '0', ...more], { env: home.env });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
  const ports = await new Promise<readonly number[]>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
      const found = [...stdout.matchAll(/ on 127\.0\.0\.1:(\d+)\n/g)].map(([, port]) => Number(port));
      if (found.length === 2) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`statelited ended with ${String(code)}: ${stderr}`)));
  });
  daemon = { port: ports[0] ?? 0, iport: ports[1] ?? 0, process: child, log: () => stderr };
  return daemon;
}

async function stop(): Promise<void> {
  const child = daemon?.process;
  daemon = undefined;
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function ask(localAddress: string, path: string, { body, headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<number> {
  const ca = readFileSync(join(home.path, 'ca/ca.pem'));
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    httpsRequest({ host: '127.0.0.1', port: daemon?.port, localAddress, ca, path, method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject).end(body);
  });
}

const row = (node: string): Promise<Readonly<Record<string, string>>> =>
  withDatabase(home.system, async (database) => (await database.read(['nodelist']))['nodelist']?.find((each) => each['node'] === node) ?? {});

const set = (table: string, values: Readonly<Record<string, string>>): Promise<void> =>
  withDatabase(home.system, (database) => database.write((writer) => writer.upsert(table, values)));

beforeAll(async () => {
  home = await makeCliHome();
  await putServedNodes(home, { n01: N01, n02: N02 });
}, 60_000);

afterEach(stop);

afterAll(() => home.cleanup());

describe('a boot as its node reports it', () => {
  test('sets the status of the node on the way, and litestat tells it phase by phase', async () => {
    await start();
    expect(await ask(N01, '/plan')).toBe(200);
    expect(await ask(N01, '/report', { body: `boot ${bootId(1)}\nphase dhcp 4000\nphase root 4500\nphase plan 4600\n` })).toBe(204);
    expect(await until(() => row('n01'), ({ status }) => status === 'netbooting')).toMatchObject({ statustime: expect.stringMatching(/^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d$/) });
    expect((await home.cli.run(['litestat', 'n01'], home.env)).stdout).toMatch(/^n01: booting since .*, in store for \d+ s: dhcp 4\.00 s, root 0\.50 s, plan 0\.10 s\n$/);
    await ask(N01, '/report', { body: `boot ${bootId(1)}\nphase store 4700\nphase sources 4800\nphase rows 4900\nrow ok tmpfs,rw,link file image /etc/a/\nrow FAILED ro,ro,bind file 1 /etc/b/\n` });
    await until(() => row('n01'), ({ status }) => status === 'booting');
    await ask(N01, '/report', { body: `boot ${bootId(1)}\nphase switch_root 5000\nwarning late\nscript 0 20 10-a\noutput 10-a made it\nscript 1 30 70-b\noutput 70-b no disk\n` });
    await until(() => row('n01'), ({ status }) => status === 'booted');
    const { stdout } = await home.cli.run(['litestat'], home.env);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^n01: booted .* in 5\.00 s: dhcp 4\.00 s,.* switch_root 0\.10 s$/), 'n01: 1 of 2 rows FAILED', 'n01: row FAILED /etc/b (ro,ro,bind file from 1)', 'n01: init script 10-a done in 0.02 s: made it',
      'n01: init script 70-b FAILED with exit code 1 after 0.03 s', 'n01:   no disk', 'n01: warning: late',
      'n02: no boot was reported', '',
    ]);
    const [json] = JSON.parse((await home.cli.run(['litestat', 'n01', '--json'], home.env)).stdout) as Record<string, unknown>[];
    expect(json).toMatchObject({ node: 'n01', state: 'booted', took: 5000, rows: 2, parts: { 'init script 70-b': { exit: 1, ms: 30, output: ['no disk'] } }, asked: { answer: 200 } });
    expect((await home.cli.run(['litestat', '--slow'], home.env)).stdout).toMatch(/^phase +nodes +p50 +p95 +slowest +on\ndhcp +1 +4\.00 s +4\.00 s +4\.00 s +n01\n/);
    await ask(N01, '/report', { body: `boot ${bootId(2)}\nphase dhcp 10\nstopped the store is full\n` });
    await until(() => row('n01'), ({ status }) => status === 'failed');
    expect((await home.cli.run(['litestat', 'n01'], home.env)).stdout).toMatch(/^n01: FAILED in root, .*: the store is full\n$/);
    expect(daemon?.log().match(/"msg":"tables read"/g)).toHaveLength(1);
  }, 60_000);

  test('litestat --watch prints what changes while it runs', async () => {
    await start();
    const watch = spawn(process.execPath, [home.cli.entry, 'litestat', 'n02', '--watch'], { env: home.env });
    let printed = '';
    watch.stdout.on('data', (part: Buffer) => { printed += part.toString(); });
    await until(() => Promise.resolve(printed), (text) => text.includes('n02: no boot was reported'));
    await ask(N02, '/report', { body: `boot ${bootId(3)}\nphase dhcp 4000\n` });
    await until(() => Promise.resolve(printed), (text) => text.includes('in root for'));
    watch.kill('SIGINT');
    await once(watch, 'exit');
    expect(printed.trim().split('\n')).toHaveLength(2);
  }, 30_000);

  test('said twice is said once, adds up over any servers, and only the newest boots are kept', async () => {
    await withDatabase(home.system, async (database) => {
      const report = (number: number, text: string, at: number) => [parseReport('n02', `boot ${bootId(number)}\n${text}`, at)].filter((boot) => boot !== undefined);
      for (let number = 100; number < 100 + KEPT_BOOTS + 5; number += 1) await saveBoots(database, report(number, 'phase dhcp 5', 1e12 + number));
      const last = report(130, 'phase dhcp 5\nrow ok a b c /x/\nrow FAILED a b c /y/\nwarning w', 2e12);
      await saveBoots(database, last);
      await saveBoots(database, last);
      await saveBoots(database, report(130, 'row ok a b c /z/\nwarning v\nwarning w', 2e12));
      const rows = await database.query<{ boot: string; rows: number; warnings: string[] }>('SELECT boot, rows, warnings FROM statelite_boot WHERE node = $1 ORDER BY begun', ['n02']);
      expect(rows).toHaveLength(KEPT_BOOTS);
      expect(rows.at(-1)).toEqual({ boot: bootId(130), rows: 3, warnings: ['w', 'v'] });
    });
  }, 30_000);
});

describe('an unmodified xCAT node', () => {
  const talk = (localAddress: string, line: string): Promise<string> => new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: daemon?.iport ?? 0, localAddress });
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text === 'ready\n') socket.write(line);
    }).on('error', reject).on('close', () => resolve(text));
  });

  test('reports its status on the install monitor: ready, one line, done', async () => {
    await start();
    expect(await talk(N02, 'installstatus netbooting\n')).toBe('ready\ndone\n');
    await until(() => row('n02'), ({ status }) => status === 'netbooting');
    expect(await talk(N02, 'installstatus booted\r\n')).toBe('ready\ndone\n');
    await until(() => row('n02'), ({ status }) => status === 'booted');
    expect(await talk(N02, 'next\n')).toBe('ready\ndone\n');
    expect(await talk('127.0.0.99', 'installstatus booted\n')).toBe('');
  }, 30_000);

  test('does so with a shell and awk as its updateflag does', async () => {
    await start();
    const script = 'exec 3<>"/dev/tcp/127.0.0.1/$1"; read -r -u 3 word; [ "$word" = ready ] && echo "installstatus failed" >&3; read -r -u 3 word; echo "$word"';
    await set('hosts', { node: 'n01', ip: '127.0.0.1' });
    await until(() => ask('127.0.0.1', '/plan'), (status) => status === 200);
    expect((await home.system.run('bash', ['-c', script, 'updateflag', String(daemon?.iport)])).stdout).toBe('done');
    await until(() => row('n01'), ({ status }) => status === 'failed');
    await set('hosts', { node: 'n01', ip: N01 });
  }, 30_000);

  test('cannot keep others waiting with a line that never ends, or by saying nothing', async () => {
    await start();
    const silent = connect({ host: '127.0.0.1', port: daemon?.iport ?? 0, localAddress: N01 }).on('error', () => undefined);
    await once(silent, 'data');
    expect(await talk(N01, 'x'.repeat(2000))).toBe('ready\n');
    expect(await talk(N01, 'installstatus booted\n')).toBe('ready\ndone\n');
    silent.destroy();
  }, 30_000);
});

describe('a one-time token', () => {
  test('lets its node fetch the plan for a while after its first use, and nobody else', async () => {
    await set('site', { key: 'nodetoken', value: 'yes' });
    await start();
    const token = newToken();
    await withDatabase(home.system, (database) => saveTokens(database, new Map([['n01', token], ['n02', newToken()]])));
    const headers = { 'x-statelite-token': token };
    expect(await ask(N01, '/plan')).toBe(403);
    expect(await ask(N02, '/plan', { headers })).toBe(403);
    expect([await ask(N01, '/plan', { headers }), await ask(N01, '/plan', { headers })]).toEqual([200, 200]);
    await withDatabase(home.system, async (database) => {
      expect(JSON.stringify(await database.query('SELECT * FROM statelite_token'))).not.toContain(token);
      await database.query(`UPDATE statelite_token SET used = now() - interval '1 hour'`);
    });
    expect(await ask(N01, '/plan', { headers })).toBe(403);
    await withDatabase(home.system, (database) => saveTokens(database, new Map([['n02', undefined]])));
    await set('site', { key: 'nodetoken', value: 'no' });
  }, 30_000);
});

describe('the certificate authority', () => {
  test('of another host is refused with what to do, and can be made the one that counts', async () => {
    await start();
    await stop();
    rmSync(join(home.path, 'ca'), { recursive: true });
    const refused = await home.cli.run(['statelited', '--listen', '127.0.0.1', '--port', '0'], home.env);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/Error: \S+\/ca\/ca\.pem is the authority .*…, but nodes of this database trust .*…, recorded by \S+\n {2}Hint: copy ca\.pem and ca\.key of /);
    await start('--replace-authority');
    await stop();
    await start();
    expect(await ask(N01, '/plan')).toBe(200);
  }, 60_000);
});

describe('a report that ends a boot', () => {
  test('is in the tables when it was answered, whatever then happens to the server', async () => {
    const { process: server } = await start();
    expect(await ask(N02, '/report', { body: `boot ${bootId(900)}\nphase dhcp 4000\n` })).toBe(204);
    expect(await ask(N02, '/report', { body: `boot ${bootId(900)}\nphase dhcp 4000\nphase switch_root 5000\n` })).toBe(204);
    server.kill('SIGKILL');
    expect(await row('n02')).toMatchObject({ status: 'booted' });
  });
});
