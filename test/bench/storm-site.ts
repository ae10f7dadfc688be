import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { withDatabase } from '../../lib/db/open.ts';
import { MANIFEST } from '../../lib/image/manifest.ts';
import { makeHome, type Home } from '../helpers/database.ts';

export const SERVER = '10.76.0.1';
export const PORT = 3001;

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** A GET, or with a body a POST. */
export interface Request {
  readonly path: string;
  readonly body?: string;
}

export interface StormSite {
  readonly home: Home;
  /** Starts statelited on the first core and waits until it serves. */
  readonly start: () => Promise<ChildProcess>;
  /** Requests as one curl makes them, one after the other on a connection of their own from the node's address: a full handshake, the server's certificate checked. The last one's answer. */
  readonly ask: (node: number, requests: readonly Request[], port?: number) => Promise<Answer>;
}

/** Addresses for 10,000 nodes in this namespace, and tables that know them; all nodes have these overlays. `entry` is the bundled program. */
export async function openStormSite(entry: string, nodes: number, overlays = ''): Promise<StormSite> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  execFileSync('ip', ['address', 'add', `${SERVER}/32`, 'dev', 'lo']);
  execFileSync('ip', ['route', 'add', 'local', '10.77.0.0/16', 'dev', 'lo']);
  const home = await makeHome({ prefix: 'statelite-storm-' });
  await fillTables(home, nodes, overlays);
  let trusted: SecureContext | undefined;
  return {
    home,
    start: () => startServer(home, entry),
    ask: (node, requests, port = PORT) => {
      trusted ??= createSecureContext({ ca: readFileSync(join(home.path, 'ca/ca.pem')) });
      return askAll(trusted, addressOf(node), requests, port);
    },
  };
}

/** User and system time of a process so far. */
export function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Ends a process and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

// --- internal ---

const ROWS = 100;
/** What curl is told in statelite-boot. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

const addressOf = (node: number): string => `10.77.${Math.floor(node / 250)}.${1 + (node % 250)}`;

async function startServer(home: Home, entry: string): Promise<ChildProcess> {
  const options = (process.env['STORM_NODE_OPTIONS'] ?? '').split(' ').filter((word) => word !== '');
  const child = spawn('taskset', ['-c', '0', process.execPath, ...options, entry, 'statelited', '--listen', SERVER, '--port', String(PORT), '--iport', '0'], {
    env: { ...home.env, STATELITE_LOG: process.env['STATELITE_LOG'] ?? 'info' }, stdio: ['ignore', 'pipe', process.env['STORM_LOG'] === undefined ? 'ignore' : 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

function askAll(secureContext: SecureContext, localAddress: string, requests: readonly Request[], port: number): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const target = { host: SERVER, port, localAddress, secureContext };
    const socket = connect(target);
    const giveUp = (): unknown => socket.destroy(new Error('no answer'));
    let deadline = setTimeout(giveUp, CONNECT_MS);
    let text = '';
    let left = [...requests];
    let answer: Answer | undefined;
    const next = (): void => {
      const [request, ...others] = left;
      left = others;
      text = '';
      clearTimeout(deadline);
      deadline = setTimeout(giveUp, ANSWER_MS);
      if (request === undefined) socket.end();
      else socket.write(written(request, port));
    };
    socket.on('secureConnect', next);
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1');
      const read = readAnswer(text);
      if (read === undefined) return;
      answer = { ...read, milliseconds: performance.now() - started };
      next();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(deadline);
      if (answer === undefined || left.length > 0) reject(new Error('closed without an answer'));
      else resolve(answer);
    });
  });
}

function written({ path, body }: Request, port: number): string {
  const head = `${path} HTTP/1.1\r\nHost: ${SERVER}:${port}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n${path.startsWith('/overlay') ? 'Accept-Encoding: deflate, gzip\r\n' : ''}`;
  return body === undefined ? `GET ${head}\r\n` : `POST ${head}Content-Length: ${body.length}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n${body}`;
}

/** Status and body, once all that was promised is there. */
function readAnswer(text: string): Omit<Answer, 'milliseconds'> | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0 || text.length < head + 4 + Number(/^content-length: (\d+)/im.exec(text.slice(0, head))?.[1] ?? 0)) return undefined;
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), body: text.slice(head + 4) };
}

async function fillTables({ path, system }: Home, nodes: number, overlays: string): Promise<void> {
  const paths = [...Array.from({ length: ROWS }, (_, index) => `/etc/app${index}.conf`), ...overlays === '' ? [] : ['/etc/fstab', '/etc/hostname', '/etc/hosts']];
  const rows = paths.map((file) => ({ path: file, real: file, type: 'file', option: { storage: 'tmpfs', mode: 'rw', mechanism: 'link' }, written: '', reason: 'litefile row' }));
  const manifest = join(path, 'img/rootimg', MANIFEST);
  for (const directory of [dirname(manifest), join(path, 'img/rootimg/etc')]) mkdirSync(directory, { recursive: true });
  writeFileSync(manifest, JSON.stringify({ version: 1, image: 'img', rows, created: [] }));
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.put('nodelist', names.map((node) => ({ node, groups: 'compute,all' })));
    await writer.put('hosts', names.map((node, index) => ({ node, ip: addressOf(index) })));
    await writer.put('nodetype', [{ node: 'compute', provmethod: 'img' }]);
    await writer.put('osimage', [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', ...(overlays === '' ? {} : { overlays }) }]);
    await writer.put('linuximage', [{ imagename: 'img', rootimgdir: join(path, 'img') }]);
    await writer.put('litetree', [{ priority: '1', image: 'ALL', directory: '10.0.0.1:/tree/$node' }, { priority: '2', image: 'ALL', directory: '10.0.0.1:/tree/common' }]);
    await writer.put('site', [{ key: 'master', value: SERVER }]);
  }));
}
