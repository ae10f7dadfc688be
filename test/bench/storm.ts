import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { withDatabase } from '../../lib/db/open.ts';
import { MANIFEST } from '../../lib/image/manifest.ts';
import { percentile } from '../../lib/stat/slow.ts';
import { makeHome, type Home } from '../helpers/database.ts';

const SERVER = '10.76.0.1';
const PORT = 3001;
const ROWS = 100;
/** What curl is told in statelite-boot. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;
const FIRST_TRIES = 2000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

const [entry = '', count = '', spread = ''] = process.argv.slice(2);
const addressOf = (node: number): string => `10.77.${Math.floor(node / 250)}.${1 + (node % 250)}`;

execFileSync('ip', ['link', 'set', 'lo', 'up']);
execFileSync('ip', ['address', 'add', `${SERVER}/32`, 'dev', 'lo']);
execFileSync('ip', ['route', 'add', 'local', '10.77.0.0/16', 'dev', 'lo']);
const home = await makeHome({ prefix: 'statelite-storm-' });
let server = await withTables(home, Number(count)).then(start);
const trusted: SecureContext = createSecureContext({ ca: readFileSync(join(home.path, 'ca/ca.pem')) });
try {
  await throughput();
  await storm(Number(count));
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await home.cleanup();
}

// --- internal ---

/** Plan requests for each second of processor time: a connection and a handshake each, forty at a time, and beside it a bare server of Node that says nothing. */
async function throughput(): Promise<void> {
  const pem = join(home.path, 'ca/server.pem');
  const bare = spawn('taskset', ['-c', '0', process.execPath, '--input-type=module', '-e', `
    import { readFileSync } from 'node:fs';
    import { createServer } from 'node:https';
    const pem = readFileSync(process.argv[1]);
    createServer({ key: pem, cert: pem }, (request, response) => response.end('x')).listen(${PORT + 1}, '${SERVER}', () => console.log('ready'));`, pem], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(bare.stdout, 'data');
  const [ours, nothing] = [await perSecond(server, PORT), await perSecond(bare, PORT + 1)];
  bare.kill();
  console.log(`plan requests  ${ours.toFixed(0)} for each second of one core, compiling each plan once; a server of Node that answers "x": ${nothing.toFixed(0)} (${(ours / nothing).toFixed(2)})`);
}

async function perSecond(child: ChildProcess, port: number): Promise<number> {
  const nodes = Number(count);
  await Promise.all(Array.from({ length: 40 }, (_, node) => ask(nodes - 1 - node, '/plan', { port })));
  const before = cpuSeconds(child);
  let next = 0;
  await Promise.all(Array.from({ length: 40 }, async () => {
    for (let node = next++; node < FIRST_TRIES; node = next++) {
      const { status } = await ask(node % nodes, '/plan', { port });
      if (status !== 200) throw new Error(`status ${status}`);
    }
  }));
  return FIRST_TRIES / (cpuSeconds(child) - before);
}

/** Every node: reports its start, asks for its plan as often as statelite-boot does, reports its end. The server dies when half of them have been served. */
async function storm(nodes: number): Promise<void> {
  const served = new Map<number, number>();
  const times: number[] = [];
  let [tries, wrong, unserved] = [0, 0, 0];
  let restart: Promise<void> | undefined;
  const before = Date.now();
  await Promise.all(Array.from({ length: nodes }, async (_, node) => {
    await sleep(Math.random() * Number(spread) * 1000);
    const boot = `boot ${randomUUID()}\nphase dhcp 4000\nphase root 5000\n`;
    for (let attempt = 0; attempt < 4 && !served.has(node); attempt += 1) {
      if (attempt > 0) await sleep(backOff(attempt));
      tries += 1;
      await ask(node, '/report', { body: boot }).catch(() => undefined);
      const answer = await ask(node, '/plan').catch(() => undefined);
      if (answer?.status !== 200) continue;
      times.push(answer.milliseconds);
      if (!answer.body.includes(`\nnode n${node}\n`) || !/\nend \d+\n$/.test(answer.body)) wrong += 1;
      served.set(node, (served.get(node) ?? 0) + 1);
    }
    if (!served.has(node)) unserved += 1;
    if (served.size >= nodes / 2) restart ??= killAndStart();
    const end = { body: `${boot}phase plan 6000\nphase rows 7000\nphase switch_root 8000\nphase up 20000\nnfs 5000 40000000 0\n` };
    for (let attempt = 1; attempt < 40 && !(await ask(node, '/report', end).catch(() => undefined)); attempt += 1) await sleep(backOff(attempt));
  }));
  await restart;
  const seconds = (Date.now() - before) / 1000;
  const sorted = times.sort((one, other) => one - other);
  const memory = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? '0';
  console.log(`storm          ${nodes} nodes that come up within ${spread} s: done in ${seconds.toFixed(1)} s, ${tries} plan requests; killed and started again in the middle`);
  console.log(`               ${unserved} not served, ${wrong} served wrongly`);
  console.log(`               p50 ${percentile(sorted, 0.5).toFixed(0)} ms, p99 ${percentile(sorted, 0.99).toFixed(0)} ms, slowest ${percentile(sorted, 1).toFixed(0)} ms; memory at most ${(Number(memory) / 1024).toFixed(0)} MB`);
  await sleep(5000);
  const [told] = await withDatabase(home.system, (database) => database.query<{ booted: string }>(`SELECT count(*) AS booted FROM nodelist WHERE status = 'booted'`));
  console.log(`               ${told?.booted ?? '0'} nodes have the status booted in the tables`);
  if (unserved + wrong > 0) process.exitCode = 1;
}

/** Milliseconds that statelite-report.sh waits after a failure. */
const backOff = (attempt: number): number => Math.min(2 ** (attempt - 1), 32) * (1 + Math.random()) * 1000;

async function killAndStart(): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  server = await start();
}

/** One request as curl makes it: a connection of its own, a full handshake, the server's certificate checked. */
function ask(node: number, path: string, { body, port = PORT }: { readonly body?: string; readonly port?: number } = {}): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const target = { host: SERVER, port, localAddress: addressOf(node), secureContext: trusted };
    const socket = connect(target);
    const giveUp = (): unknown => socket.destroy(new Error('no answer'));
    let deadline = setTimeout(giveUp, CONNECT_MS);
    let text = '';
    socket.on('secureConnect', () => {
      clearTimeout(deadline);
      deadline = setTimeout(giveUp, ANSWER_MS);
      const method = body === undefined ? 'GET' : 'POST';
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${SERVER}\r\nconnection: close\r\ncontent-length: ${body?.length ?? 0}\r\n\r\n${body ?? ''}`);
    });
    socket.on('data', (part: Buffer) => { text += part.toString('latin1'); });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(deadline);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      if (status === 0) reject(new Error('closed without an answer'));
      else resolve({ status, body: text.slice(text.indexOf('\r\n\r\n') + 4), milliseconds: performance.now() - started });
    });
  });
}

/** Starts the server on the first core and waits until it serves. */
async function start(): Promise<ChildProcess> {
  const child = spawn('taskset', ['-c', '0', process.execPath, ...(process.env['STORM_NODE_OPTIONS'] ?? '').split(' ').filter((word) => word !== ''), entry, 'statelited', '--listen', SERVER, '--port', String(PORT), '--iport', '0'], {
    env: { ...home.env, STATELITE_LOG: process.env['STATELITE_LOG'] ?? 'info' }, stdio: ['ignore', 'pipe', process.env['STORM_LOG'] === undefined ? 'ignore' : 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** User and system time of a process so far. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function withTables({ path, system }: Home, nodes: number): Promise<void> {
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    path: `/etc/app${index}.conf`, real: `/etc/app${index}.conf`, type: 'file', option: { storage: 'tmpfs', mode: 'rw', mechanism: 'link' }, written: '', reason: 'litefile row',
  }));
  const manifest = join(path, 'img/rootimg', MANIFEST);
  mkdirSync(dirname(manifest), { recursive: true });
  writeFileSync(manifest, JSON.stringify({ version: 1, image: 'img', rows, created: [] }));
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.put('nodelist', names.map((node) => ({ node, groups: 'compute,all' })));
    await writer.put('hosts', names.map((node, index) => ({ node, ip: addressOf(index) })));
    await writer.put('nodetype', [{ node: 'compute', provmethod: 'img' }]);
    await writer.put('osimage', [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' }]);
    await writer.put('linuximage', [{ imagename: 'img', rootimgdir: join(path, 'img') }]);
    await writer.put('litetree', [{ priority: '1', image: 'ALL', directory: '10.0.0.1:/tree/$node' }, { priority: '2', image: 'ALL', directory: '10.0.0.1:/tree/common' }]);
    await writer.put('site', [{ key: 'master', value: SERVER }]);
  }));
}
