import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as netConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createCluster } from '../../lib/cluster/create.ts';
import { MANIFEST } from '../../lib/image/manifest.ts';
import type { PolicyRow } from '../../lib/policy/policy.ts';
import { ensureAuthority, ensureServerCertificate } from '../../lib/service/certificates.ts';
import { REPORT_LIMIT } from '../../lib/service/http.ts';
import { createMetrics } from '../../lib/service/metrics.ts';
import type { Recorder } from '../../lib/service/recorder.ts';
import { startServer, type NodeServer } from '../../lib/service/server.ts';
import { createSnapshot, type Snapshot } from '../../lib/service/snapshot.ts';
import type { Asked, Boot } from '../../lib/stat/boot.ts';
import { createSystem, type System } from '../../lib/system/system.ts';

const policyRow = (path: string, type: 'file' | 'directory', option: PolicyRow['option'], written: string): PolicyRow =>
  ({ path, real: path, type, option, written, reason: `litefile row file=${path}` });
const ROWS = [
  policyRow('/etc/ntp.conf', 'file', { storage: 'tmpfs', mode: 'rw', mechanism: 'bind' }, 'tmpfs'),
  policyRow('/var/log', 'directory', { storage: 'persistent', mode: 'rw', mechanism: 'link' }, 'persistent'),
];
const N01 = '127.0.0.2';
const N02 = '127.0.0.3';
const N03 = '127.0.0.4';
const STRANGER = '127.0.0.99';
const BOOT_ID = '0f0e0d0c-1111-4222-8333-0123456789ab';
const XML = '<xcatrequest><command>litefile</command></xcatrequest>\n';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let directory: string;
let system: System;
let authority: string;
let server: NodeServer;
let snapshot: Snapshot | undefined;
let away: number | undefined;
const logged: string[] = [];
const recorded = { boots: [] as Boot[], asked: [] as Asked[] };

const tablesWith = (policy: readonly Record<string, string>[], image: Readonly<Record<string, string>> = {}): Snapshot => createSnapshot(system.files, createCluster({
  nodelist: [{ node: 'n01', groups: 'compute' }, { node: 'n02', groups: 'compute' }, { node: 'n03' }],
  hosts: [{ node: 'n01', ip: N01 }, { node: 'n02', ip: N02 }, { node: 'n03', ip: N03 }],
  nodetype: [{ node: 'compute', provmethod: 'img' }],
  osimage: [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' }],
  linuximage: [{ imagename: 'img', rootimgdir: join(directory, 'img'), ...image }],
  statelite: [{ node: 'compute', statemnt: '10.0.0.1:/state' }],
  litetree: [{ priority: '1', image: 'ALL', directory: '10.0.0.1:/tree/$node', mntopts: 'soft' }],
  policy,
}), Date.now());
const OPEN = [{ priority: '4.7', commands: 'litetree', rule: 'allow' }, { priority: '4.8', commands: 'litefile', rule: 'allow' }];

const target = (localAddress: string) => ({ host: '127.0.0.1', port: server.address.port, localAddress, ca: authority });

function ask(localAddress: string, path = '/plan', options: RequestOptions & { readonly body?: string | Buffer } = {}): Promise<Reply> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...target(localAddress), path, agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends raw bytes over TLS and gives all that comes back until the server closes. */
function talk(localAddress: string, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect(target(localAddress), () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => { answer += part; });
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'statelite-service-'));
  system = { ...createSystem(), env: { ...process.env, STATELITE_HOME: join(directory, 'home') } };
  const manifest = join(directory, 'img/rootimg', MANIFEST);
  mkdirSync(dirname(manifest), { recursive: true });
  writeFileSync(manifest, JSON.stringify({ version: 1, image: 'img', rows: ROWS, created: [] }));
  const certificate = await ensureServerCertificate(system, ['127.0.0.1', 'localhost']);
  authority = certificate.authority;
  const log = pino({ level: 'debug' }, { write: (line: string) => { logged.push(line); } });
  const metrics = createMetrics({
    active: () => server.connections.active(), waiting: () => server.connections.waiting(), nodes: () => 3, snapshotAgeSeconds: () => 0, databaseUp: () => true,
  });
  const recorder: Recorder = {
    boot: (boot) => { recorded.boots.push(boot); return Promise.resolve(); }, asked: (asked) => { recorded.asked.push(asked); }, status: () => undefined, disks: () => undefined, stop: () => Promise.resolve(),
  };
  server = await startServer({
    service: { clock: system.clock, log, metrics, recorder, tables: { current: () => snapshot, awaySince: () => away, database: () => undefined } },
    certificate, listen: '127.0.0.1', port: 0, limits: { active: 40, perAddress: 20, waiting: 1000, patience: 60_000 },
  });
  snapshot = tablesWith(OPEN);
}, 30_000);

afterAll(async () => {
  await server.stop(200);
  rmSync(directory, { recursive: true, force: true });
});

describe('GET /plan', () => {
  test('gives a node its own plan, with its hash as ETag and its name', async () => {
    const { status, headers, body } = await ask(N01);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'x-statelite-node': 'n01' });
    expect(body).toContain('\nnode n01\n');
    expect(body).toContain('10.0.0.1 soft /tree/n01/');
    expect(headers['etag']).toBe(`"${/^hash (.*)$/m.exec(body)?.[1] ?? ''}"`);
    expect((await ask(N02)).body).toContain('\nnode n02\n');
  });
  test('says 304 to a node that has it already', async () => {
    const { headers } = await ask(N01);
    expect(await ask(N01, '/plan', { headers: { 'if-none-match': headers['etag'] as string } })).toMatchObject({ status: 304, body: '' });
  });
  test('never gives the plan of another node', async () => {
    for (const path of ['/plan?node=n02', '/plan?node=n02&node=n01']) {
      expect(await ask(N01, path)).toMatchObject({ status: 403, body: 'n01 asked for the plan of n02: a node sees itself only\n' });
    }
    const forged = await ask(N01, '/plan', { servername: 'localhost', headers: { host: 'n02', 'x-forwarded-for': N02, forwarded: `for=${N02}`, 'x-statelite-node': 'n02' } });
    expect(forged.body).toContain('\nnode n01\n');
  });
  test('refuses an address the tables do not know, and says so', async () => {
    expect(await ask(STRANGER)).toMatchObject({ status: 403, body: `no node has the address ${STRANGER} in the hosts table\n` });
  });
  test('refuses what the policy table refuses, and names the row', async () => {
    snapshot = tablesWith([...OPEN, { priority: '2', noderange: 'n01', rule: 'deny' }]);
    expect(await ask(N01)).toMatchObject({ status: 403, body: 'n01: policy row priority=2 refuses litefile\n' });
    expect((await ask(N02)).status).toBe(200);
    snapshot = tablesWith(OPEN.slice(0, 1));
    expect(await ask(N01)).toMatchObject({ status: 403, body: 'n01: no policy row allows litefile\n' });
    snapshot = tablesWith(OPEN);
  });
  test('says 409 and why when the tables allow no plan, and 503 while liteimg is at work', async () => {
    const reply = await ask(N03);
    expect(reply.status).toBe(409);
    expect(reply.body).toMatch(/^Error: n03.*\n$/);
    const journal = join(directory, 'img/rootimg/.statelite/journal.json');
    writeFileSync(journal, '{}');
    expect(await ask(N01)).toMatchObject({ status: 503 });
    rmSync(journal);
    expect(await ask(N01)).toMatchObject({ status: 200 });
  });
  test('follows the manifest that liteimg writes', async () => {
    const manifest = join(directory, 'img/rootimg', MANIFEST);
    const before = await ask(N01);
    writeFileSync(manifest, JSON.stringify({ version: 1, image: 'img', rows: ROWS.slice(0, 1), created: [] }));
    const after = await ask(N01);
    expect(before.body).toContain('/var/log/');
    expect(after.body).not.toContain('/var/log/');
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    writeFileSync(manifest, JSON.stringify({ version: 1, image: 'img', rows: ROWS, created: [] }));
  });
  test('is 503 before the tables were read', async () => {
    snapshot = undefined;
    expect(await ask(N01)).toMatchObject({ status: 503 });
    expect(await ask(STRANGER, '/healthz')).toMatchObject({ status: 503 });
    snapshot = tablesWith(OPEN);
  });
});

describe('the other requests', () => {
  test('a report is taken for the node it comes from; one without a boot id is in the log only', async () => {
    expect(await ask(N01, '/report', { method: 'POST', body: `boot ${BOOT_ID}\nphase dhcp 4200\n` })).toMatchObject({ status: 204 });
    expect(await ask(N01, '/report', { method: 'POST', body: 'phase dhcp 1\n' })).toMatchObject({ status: 204 });
    expect(await ask(STRANGER, '/report', { method: 'POST', body: `boot ${BOOT_ID}\n` })).toMatchObject({ status: 403 });
    expect(recorded.boots).toEqual([expect.objectContaining({ node: 'n01', boot: BOOT_ID, phases: { dhcp: 4200 } })]);
    expect(logged.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(expect.objectContaining({ msg: 'report', node: 'n01', report: 'phase dhcp 1\n' }));
  });
  test('what a node was told when it asked for its plan is taken down, a refusal with its reason', async () => {
    recorded.asked.length = 0;
    await ask(N01);
    await ask(N03);
    expect(recorded.asked).toEqual([
      { node: 'n01', asked: expect.any(Number), answer: 200 }, { node: 'n03', asked: expect.any(Number), answer: 409, reason: expect.stringContaining('n03') },
    ]);
  });
  test('with the site row nodetoken a plan needs a token, and waits while the database is away', async () => {
    snapshot = { ...tablesWith(OPEN), wantsToken: true };
    expect(await ask(N01)).toMatchObject({ status: 403, body: 'n01 gave no token: run nodeset for it, the site row nodetoken wants one\n' });
    expect(await ask(N01, '/plan', { headers: { 'x-statelite-token': 'abc' } })).toMatchObject({ status: 503 });
    expect(await talk(N01, XML)).toContain('nodetoken wants a token');
    snapshot = tablesWith(OPEN);
  });
  test('with the site row privilegedport a request from a port anybody may have is refused', async () => {
    snapshot = { ...tablesWith(OPEN), privilegedPort: true };
    expect(await ask(N01)).toMatchObject({ status: 403, body: expect.stringMatching(/^n01 asked from port \d+: the site row privilegedport/) });
    expect(await ask(N01, '/plan', { localPort: 777 })).toMatchObject({ status: 200 });
    snapshot = tablesWith(OPEN);
  });
  test('a body beyond the limit is 413, sent with or without its length', async () => {
    const body = Buffer.alloc(REPORT_LIMIT + 1, 'x');
    expect(await ask(N01, '/report', { method: 'POST', body })).toMatchObject({ status: 413 });
    expect(await ask(N01, '/report', { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } })).toMatchObject({ status: 413 });
  });
  test('unknown paths are 404, wrong methods 405, and odd targets do no harm', async () => {
    for (const path of ['/', '/plans', '/__proto__', '//', '/plan/../etc/passwd', '/%00', '/constructor']) expect(await ask(N01, path)).toMatchObject({ status: 404 });
    expect(await ask(N01, '/plan', { method: 'DELETE' })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  });
  test('/healthz tells old tables from new ones, /metrics counts requests', async () => {
    expect(JSON.parse((await ask(STRANGER, '/healthz')).body)).toMatchObject({ status: 'ok', nodes: 3, databaseAwaySeconds: 0 });
    away = Date.now() - 5000;
    expect(JSON.parse((await ask(STRANGER, '/healthz')).body)).toMatchObject({ status: 'stale', nodes: 3 });
    away = undefined;
    const { body } = await ask(STRANGER, '/metrics');
    expect(body).toMatch(/^statelite_request_duration_seconds_count\{request="GET \/plan",status="200"\} [1-9]/m);
    expect(body).toMatch(/^statelite_nodes 3$/m);
  });
});

describe('an unmodified xCAT node', () => {
  test('gets its rows and trees as text it cuts at the colons', async () => {
    expect(await talk(N01, XML)).toBe([
      '<xcatresponse>', '<info>n01: tmpfs         /etc/ntp.conf</info>', '<info>n01: link,persistent /var/log/</info>', '</xcatresponse>',
      '<xcatresponse>', '<serverdone/>', '</xcatresponse>', '',
    ].join('\n'));
    expect(await talk(N02, XML.replace('litefile', 'litetree'))).toContain('<info>n02: 10.0.0.1:/tree/n02 :soft</info>');
  });
  test('asks with openssl s_client the way its script does', async () => {
    const { stdout } = await system.run('openssl', ['s_client', '-connect', `127.0.0.1:${server.address.port}`, '-bind', N01, '-quiet'], { input: XML, timeout: 10_000 });
    const rows = stdout.replace(/<[^>]*>/g, '').split('\n').filter((line) => line.includes(':')).map((line) => line.split(':')[1]);
    expect(rows).toEqual([' tmpfs         /etc/ntp.conf', ' link,persistent /var/log/']);
  });
  test('gets the partition file of its image once a policy row allows it, and nothing when there is none', async () => {
    const ask = '<xcatrequest><command>getpartition</command></xcatrequest>\n';
    expect(await talk(N01, ask)).toContain('<error>n01: no policy row allows getpartition</error>');
    const allowed = [...OPEN, { priority: '7.1', commands: 'getpartition', rule: 'allow' }];
    snapshot = tablesWith(allowed);
    expect(await talk(N01, ask)).toBe('<xcatresponse>\n<serverdone/>\n</xcatresponse>\n');
    writeFileSync(join(directory, 'disk.cfg'), 'enable=yes\n\n[disk]\ndev=/dev/sda\n');
    snapshot = tablesWith(allowed, { partitionfile: join(directory, 'disk.cfg') });
    expect((await talk(N01, ask)).replace(/<[^>]*>/g, '').trim()).toBe('type=format\nenable=yes\n[disk]\ndev=/dev/sda');
    writeFileSync(join(directory, 'part.sh'), '#!/bin/sh\nsfdisk /dev/sda </dev/null\n');
    snapshot = tablesWith(allowed, { partitionfile: `s:${join(directory, 'part.sh')}` });
    expect((await talk(N01, ask)).replace(/<[^>]*>/g, '').trim()).toBe('type=script\n#!/bin/sh\nsfdisk /dev/sda &lt;/dev/null');
    snapshot = tablesWith(allowed, { partitionfile: 'part.sh' });
    expect(await talk(N01, ask)).toContain('wanted the path of a file');
    snapshot = tablesWith(OPEN);
  });
  test('sees itself only, and is refused like any other', async () => {
    expect(await talk(N01, '<xcatrequest><command>litefile</command><noderange>n02</noderange></xcatrequest>')).toContain('<error>n01 asked about n02: a node sees itself only</error>');
    expect(await talk(N01, '<xcatrequest><command>rpower</command><noderange>n01</noderange></xcatrequest>')).toContain('<error>n01: no policy row allows rpower</error>');
    expect(await talk(STRANGER, XML)).toContain(`<error>no node has the address ${STRANGER} in the hosts table</error>`);
  });
  test('may send its request in any pieces', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = tlsConnect(target(N01), () => {
        void (async () => {
          for (const letter of ` \n${XML}`) {
            socket.write(letter);
            await new Promise(setImmediate);
          }
        })();
      });
      let text = '';
      socket.on('data', (part: Buffer) => { text += part.toString(); }).on('error', reject).on('close', () => resolve(text));
    });
    expect(answer).toContain('/etc/ntp.conf');
  });
});

describe('TLS', () => {
  test('curl with the authority of the initrd accepts the server, with another one it does not', async () => {
    const url = `https://127.0.0.1:${server.address.port}/plan`;
    const { certificate } = await ensureAuthority(system);
    expect((await system.run('curl', ['-sS', '--cacert', certificate, '--interface', N01, url])).stdout).toContain('node n01');
    const other = await ensureAuthority({ ...system, env: { STATELITE_HOME: join(directory, 'other') } });
    const refused = await system.run('curl', ['-sS', '--cacert', other.certificate, '--interface', N01, url], { allow: [60] });
    expect(refused.exitCode).toBe(60);
    expect(refused.stdout).toBe('');
  });
  test('versions before 1.2 are refused', async () => {
    await expect(ask(N01, '/plan', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
  });
});

describe('peers that misbehave', () => {
  test('200 simultaneous requests of two addresses are all answered though 40 may be served at once', async () => {
    const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index % 2 === 0 ? N01 : N02)));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
  }, 60_000);
  test('garbage, over-long and half-open connections are ended one by one and disturb nobody', async () => {
    const silent = Array.from({ length: 30 }, () => netConnect({ host: '127.0.0.1', port: server.address.port, localAddress: STRANGER }));
    const handshaken: TLSSocket[] = await Promise.all(Array.from({ length: 10 }, () => new Promise<TLSSocket>((resolve, reject) => {
      const socket = tlsConnect(target(N03), () => resolve(socket)).on('error', reject);
    })));
    handshaken.slice(0, 5).forEach((socket) => socket.write('GET /pl'));
    handshaken.slice(5).forEach((socket) => socket.write('<xcatrequest>'));
    const plain = netConnect({ host: '127.0.0.1', port: server.address.port, localAddress: N02 }, () => plain.write('GET /plan HTTP/1.0\r\n\r\n'));
    const plainAnswer = new Promise<string>((resolve) => {
      let text = '';
      plain.on('data', (part) => { text += part.toString('latin1'); }).on('error', () => undefined).on('close', () => resolve(text));
    });
    expect(await talk(N02, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await talk(N02, `GET /plan HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
    expect(await talk(N02, `<${'x'.repeat(70_000)}`)).toContain('<error>a request may have 65536 bytes</error>');
    expect(await talk(N02, '<xcatrequest><command>&#x0;</xcatrequest>')).toContain('<error>');
    expect(await plainAnswer).not.toContain('node n02');
    expect((await ask(N01)).status).toBe(200);
    for (const socket of [...silent, ...handshaken]) socket.destroy();
  });
  test('an address that holds all its places waits for itself, others are served', async () => {
    const held = Array.from({ length: 60 }, () => netConnect({ host: '127.0.0.1', port: server.address.port, localAddress: STRANGER }).on('error', () => undefined));
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await ask(N01)).status).toBe(200);
    expect(server.connections.active()).toBeLessThanOrEqual(21);
    expect(server.connections.waiting()).toBeGreaterThanOrEqual(30);
    for (const socket of held) socket.destroy();
  });
});
