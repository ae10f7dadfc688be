import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cpuSeconds, end, openStormSite, PORT, SERVER } from './storm-site.ts';

const AT_ONCE = 40;
const NODES = 10_000;

const [entry = '', rounds = '', requests = '', overlays = ''] = process.argv.slice(2);
const site = await openStormSite(entry, NODES, overlays);
const server = await site.start();
const bare = await startBare();
let next = 0;
try {
  const measured: { readonly ours: number; readonly nothing: number }[] = [];
  await Promise.all([perSecond(server, PORT, 200), perSecond(bare, PORT + 1, 200)]);
  for (let round = 0; round < Number(rounds); round += 1) {
    measured.push({ ours: await perSecond(server, PORT, Number(requests)), nothing: await perSecond(bare, PORT + 1, Number(requests)) });
  }
  for (const { ours, nothing } of measured) console.log(`plan requests  ${ours.toFixed(0)} for each second of one core; a server of Node that answers "x": ${nothing.toFixed(0)} (${(ours / nothing).toFixed(2)})`);
  const middle = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
  console.log(`median         ${middle(measured.map(({ ours }) => ours)).toFixed(0)} against ${middle(measured.map(({ nothing }) => nothing)).toFixed(0)} (${middle(measured.map(({ ours, nothing }) => ours / nothing)).toFixed(2)})`);
} finally {
  await end(server, 'SIGTERM');
  await end(bare, 'SIGTERM');
  await site.home.cleanup();
}

// --- internal ---

/** The next node asks each time. */
async function perSecond(child: ChildProcess, port: number, count: number): Promise<number> {
  const before = cpuSeconds(child);
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const { status } = await site.ask(next++ % NODES, [{ path: '/plan' }], port);
      if (status !== 200) throw new Error(`status ${status}`);
    }
  }));
  return count / (cpuSeconds(child) - before);
}

async function startBare(): Promise<ChildProcess> {
  const child = spawn('taskset', ['-c', '0', process.execPath, '--input-type=module', '-e', `
    import { readFileSync } from 'node:fs';
    import { createServer } from 'node:https';
    const pem = readFileSync(process.argv[1]);
    createServer({ key: pem, cert: pem }, (request, response) => response.end('x')).listen(${PORT + 1}, '${SERVER}', () => console.log('ready'));`,
  join(site.home.path, 'ca/server.pem')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}
