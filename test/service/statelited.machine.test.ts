import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect as netConnect } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { splitOwn } from '../../lib/plan/own-files.ts';
import { asset } from '../../lib/system/assets.ts';
import { createSystem, type System } from '../../lib/system/system.ts';
import { makeCliHome, type CliHome } from '../helpers/cli-home.ts';
import { putServedNodes, until } from '../helpers/served-nodes.ts';

const N01 = '127.0.0.2';
const N02 = '127.0.0.3';

interface Daemon {
  readonly port: number;
  readonly process: ChildProcess;
  /** Parsed log lines so far. */
  readonly log: () => Record<string, unknown>[];
  readonly ended: Promise<number | null>;
}

let home: CliHome;
let running: ChildProcess[] = [];

/** Starts `statelited` and waits for the line that says it is ready. */
async function start(env: Readonly<Record<string, string>> = home.env): Promise<Daemon> {
  const child = spawn(process.execPath, [home.cli.entry, 'statelited', '--listen', '127.0.0.1', '--port', '0'], { env });
  running.push(child);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
      const ready = /^statelited: serving on 127\.0\.0\.1:(\d+)\n/.exec(stdout);
      if (ready !== null) resolve(Number(ready[1]));
    });
    void ended.then((code) => reject(new Error(`statelited ended with ${String(code)}: ${stderr}`)));
  });
  return { port, process: child, ended, log: () => stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>) };
}

function ask(port: number, localAddress: string, path = '/plan'): Promise<{ status: number; body: string }> {
  const ca = readFileSync(join(home.path, 'ca/ca.pem'));
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port, localAddress, ca, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject).end();
  });
}

const write = (system: System, table: string, row: Readonly<Record<string, string>>): Promise<void> =>
  withDatabase(system, (database) => database.write((writer) => writer.upsert(table, row)));

beforeAll(async () => {
  home = await makeCliHome();
  await putServedNodes(home, { n01: N01 });
}, 60_000);

afterEach(async () => {
  const left = running.filter((child) => child.exitCode === null && child.signalCode === null);
  running = [];
  await Promise.all(left.map((child) => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    return ended;
  }));
});

afterAll(() => home.cleanup());

describe('statelited', () => {
  test('gives a node its own files with its plan, the overlay archives that it names, no others, and no old ones', async () => {
    const scripts = join(home.path, 'install/overlays/id/statelite/init.d');
    mkdirSync(scripts, { recursive: true });
    writeFileSync(join(scripts, '10-id.njk'), '#!/bin/sh\n# {{ node.name }}\n');
    const script = join(scripts, '20-same');
    writeFileSync(script, '#!/bin/sh\n# same\n');
    writeFileSync(join(scripts, '30-gpu.njk'), '#!/bin/sh\n# {{ "a gpu node" if "gpu" in node.groups else "another node" }}\n');
    await write(home.system, 'site', { key: 'installdir', value: join(home.path, 'install') });
    await write(home.system, 'nodelist', { node: 'n02', groups: 'compute' });
    await write(home.system, 'hosts', { node: 'n02', ip: N02 });
    await write(home.system, 'overlays', { node: 'compute', overlays: 'id' });
    const { port } = await start();
    const hashOf = async (kind: string, address: string): Promise<string> => new RegExp(`^overlay ${kind} (\\S+)`, 'm').exec((await ask(port, address)).body)?.[1] ?? '';
    const { body: plan } = await ask(port, N01);
    const own = splitOwn(plan).own?.('the plan') ?? Buffer.alloc(0);
    expect([createHash('sha256').update(own).digest('hex'), own.includes('# n01'), own.includes('# another node')]).toEqual([await hashOf('own', N01), true, true]);
    const shared = await hashOf('shared', N01);
    const { status, body } = await ask(port, N01, `/overlay?hash=${shared}`);
    expect([status, createHash('sha256').update(body).digest('hex'), body.includes('# same'), await hashOf('shared', N02)]).toEqual([200, shared, true, shared]);
    for (const hash of [await hashOf('own', N01), await hashOf('own', N02), '0'.repeat(64)]) {
      expect(await ask(port, N01, `/overlay?hash=${hash}`)).toEqual({ status: 409, body: 'the plan of n01 names no such overlay archive now: ask for the plan again\n' });
    }
    writeFileSync(script, '#!/bin/sh\n# same anew\n');
    const anew = await until(() => hashOf('shared', N01), (hash) => hash !== shared);
    expect([(await ask(port, N01, `/overlay?hash=${shared}`)).status, (await ask(port, N01, `/overlay?hash=${anew}`)).body]).toEqual([409, expect.stringContaining('# same anew')]);
    await withDatabase(home.system, (database) => database.write((writer) => writer.remove('overlays', { node: 'compute' })));
    for (const table of ['nodelist', 'hosts']) await withDatabase(home.system, (database) => database.write((writer) => writer.remove(table, { node: 'n02' })));
  }, 60_000);

  test('serves what the tables say, hears of a change without being told, and logs JSON', async () => {
    const daemon = await start();
    expect((await ask(daemon.port, N01)).body).toContain('\nnode n01\n');
    expect((await ask(daemon.port, N02)).status).toBe(403);
    await write(home.system, 'nodelist', { node: 'n02', groups: 'compute' });
    await write(home.system, 'hosts', { node: 'n02', ip: N02 });
    expect((await until(() => ask(daemon.port, N02), ({ status }) => status === 200)).body).toContain('\nnode n02\n');
    expect(daemon.log()).toContainEqual(expect.objectContaining({ name: 'statelited', request: 'GET /plan', status: '200', node: 'n01', address: N01 }));
  }, 30_000);

  test('has a certificate for the name the tables tell nodes', async () => {
    const { port } = await start();
    const socket = tlsConnect({ host: '127.0.0.1', port, ca: readFileSync(join(home.path, 'ca/ca.pem')) });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    expect(socket.getPeerCertificate().subjectaltname).toContain('IP Address:127.0.0.77');
    socket.destroy();
  }, 30_000);

  test('SIGTERM answers the request under way, lets no other in, and exits 0', async () => {
    const daemon = await start();
    const ca = readFileSync(join(home.path, 'ca/ca.pem'));
    const answer = new Promise<string>((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: daemon.port, localAddress: N01, ca, path: '/report', method: 'POST', agent: false, headers: { 'content-length': '4' } });
      request.on('response', (response) => resolve(String(response.statusCode))).on('error', reject);
      request.write('ab', () => {
        void (async () => {
          await until(() => ask(daemon.port, N01, '/metrics'), ({ body }) => /^statelite_connections 2$/m.test(body));
          daemon.process.kill('SIGTERM');
          await until(daemon.log, (lines) => lines.some(({ signal }) => signal === 'SIGTERM'));
          request.end('cd');
        })();
      });
    });
    expect(await answer).toBe('204');
    expect(await daemon.ended).toBe(0);
    expect(daemon.log().at(-1)).toMatchObject({ msg: 'stopped' });
  }, 30_000);

  test('SIGINT with a silent connection open still ends with 0', async () => {
    const daemon = await start();
    const silent = netConnect({ host: '127.0.0.1', port: daemon.port }).on('error', () => undefined);
    await once(silent, 'connect');
    daemon.process.kill('SIGINT');
    expect(await daemon.ended).toBe(0);
    silent.destroy();
  }, 30_000);

  test('SIGHUP reads the tables again', async () => {
    const daemon = await start();
    const reads = (): number => daemon.log().filter(({ msg }) => msg === 'tables read').length;
    const before = reads();
    daemon.process.kill('SIGHUP');
    await until(reads, (count) => count > before);
    expect((await ask(daemon.port, N01)).status).toBe(200);
  }, 30_000);

  test('goes on serving when Postgres is killed, starts the private one again and follows it', async () => {
    const daemon = await start();
    process.kill(await home.postgres.pid() ?? 0, 'SIGKILL');
    await until(daemon.log, (lines) => lines.some(({ msg }) => String(msg).includes('serving the last snapshot')));
    expect((await ask(daemon.port, N01)).status).toBe(200);
    await until(daemon.log, (lines) => lines.some(({ msg }) => String(msg).includes('answers again')));
    expect(JSON.parse((await ask(daemon.port, N01, '/healthz')).body)).toMatchObject({ status: 'ok' });
    await write(home.system, 'nodelist', { node: 'n03', groups: 'compute' });
    await write(home.system, 'hosts', { node: 'n03', ip: '127.0.0.4' });
    await until(() => ask(daemon.port, '127.0.0.4'), ({ status }) => status === 200);
  }, 60_000);

  test('an external Postgres that is away leaves the last tables, and /healthz says since when', async () => {
    const url = `postgresql://statelite@/postgres?host=${encodeURIComponent(home.postgres.socketDirectory)}`;
    const daemon = await start({ ...home.env, STATELITE_DATABASE_URL: url });
    await home.postgres.stop();
    const health = await until(async () => JSON.parse((await ask(daemon.port, N01, '/healthz')).body) as Record<string, unknown>, ({ status }) => status === 'stale');
    expect(health).toMatchObject({ status: 'stale' });
    expect((await ask(daemon.port, N01)).status).toBe(200);
    daemon.process.kill('SIGHUP');
    expect((await ask(daemon.port, N01)).status).toBe(200);
    await home.postgres.start();
    await until(async () => (await ask(daemon.port, N01, '/healthz')).body, (body) => body.includes('"ok"'));
  }, 60_000);

  test('started while the database is away it asks nodes to come back, then serves them', async () => {
    const url = `postgresql://statelite@/postgres?host=${encodeURIComponent(home.postgres.socketDirectory)}`;
    await home.postgres.stop();
    const daemon = await start({ ...home.env, STATELITE_DATABASE_URL: url });
    expect(await ask(daemon.port, N01)).toMatchObject({ status: 503 });
    await home.postgres.start();
    await until(() => ask(daemon.port, N01), ({ status }) => status === 200);
  }, 60_000);

  test('a port in use and a port that is none are errors with their exit codes', async () => {
    const { port } = await start();
    const taken = await home.cli.run(['statelited', '--listen', '127.0.0.1', '--port', String(port)], home.env);
    expect(taken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(taken.stderr).toContain(`Error: cannot listen on 127.0.0.1, port ${port}: EADDRINUSE`);
    expect(await home.cli.run(['statelited', '--port', '70000'], home.env)).toMatchObject({ exitCode: 2 });
  }, 30_000);
});

test('the unit file is one systemd can read', async () => {
  const { files, run } = createSystem();
  const unit = files.readText(asset('add-on/statelited/statelited.service'));
  expect(unit).toContain('ExecStart=');
  if (!files.exists('/usr/bin/systemd-analyze')) return;
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', asset('add-on/statelited/statelited.service')], { allow: [1] });
  expect(stderr).not.toMatch(/statelited\.service:\d+:/);
});
