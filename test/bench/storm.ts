import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDatabase } from '../../lib/db/open.ts';
import { percentile } from '../../lib/stat/slow.ts';
import { end, openStormSite } from './storm-site.ts';

const [entry = '', count = '', spread = '', overlays = ''] = process.argv.slice(2);
const site = await openStormSite(entry, Number(count), overlays);
const { ask, home } = site;
let server = await site.start();
try {
  await storm(Number(count));
} finally {
  await end(server, 'SIGTERM');
  await home.cleanup();
}

// --- internal ---

/** Every node: reports its start, asks for its plan and then for its archive as often as statelite-boot does, reports its end. The server dies when half of them have been served. */
async function storm(nodes: number): Promise<void> {
  const served = new Set<number>();
  const times: number[] = [];
  let [tries, wrong, unserved, withoutArchive] = [0, 0, 0, 0];
  let restart: Promise<void> | undefined;
  const before = Date.now();
  await Promise.all(Array.from({ length: nodes }, async (_, node) => {
    await sleep(Math.random() * Number(spread) * 1000);
    const boot = `boot ${randomUUID()}\nphase dhcp 4000\nphase root 5000\n`;
    let hash: string | undefined;
    for (let attempt = 0; attempt < 4 && !served.has(node); attempt += 1) {
      if (attempt > 0) await sleep(backOff(attempt));
      tries += 1;
      const answer = await ask(node, [{ path: '/report', body: boot }, { path: '/plan' }]).catch(() => undefined);
      if (answer?.status !== 200) continue;
      times.push(answer.milliseconds);
      if (!answer.body.includes(`\nnode n${node}\n`) || !/\nend \d+\n$/.test(answer.body) || answer.body.startsWith('statelite-own ') !== (overlays !== '')) wrong += 1;
      hash = /^overlay shared (\S+)/m.exec(answer.body)?.[1];
      served.add(node);
    }
    for (let attempt = 1; hash !== undefined; attempt += 1) {
      if ((await ask(node, [{ path: `/overlay?hash=${hash}` }]).catch(() => undefined))?.status === 200) hash = undefined;
      else if (attempt === 4) {
        withoutArchive += 1;
        hash = undefined;
      } else await sleep(backOff(attempt));
    }
    if (!served.has(node)) unserved += 1;
    if (served.size >= nodes / 2) restart ??= killAndStart();
    const booted = { path: '/report', body: `${boot}phase plan 6000\nphase rows 7000\nphase switch_root 8000\nphase up 20000\nnfs 5000 40000000 0\n` };
    for (let attempt = 1; attempt < 40 && !(await ask(node, [booted]).catch(() => undefined)); attempt += 1) await sleep(backOff(attempt));
  }));
  await restart;
  const seconds = (Date.now() - before) / 1000;
  const sorted = times.sort((one, other) => one - other);
  const memory = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? '0';
  console.log(`storm          ${nodes} nodes that come up within ${spread} s: done in ${seconds.toFixed(1)} s, ${tries} plan requests; killed and started again in the middle`);
  console.log(`               ${unserved} not served, ${wrong} served wrongly${overlays === '' ? '' : `, ${withoutArchive} without their archive`}`);
  console.log(`               p50 ${percentile(sorted, 0.5).toFixed(0)} ms, p99 ${percentile(sorted, 0.99).toFixed(0)} ms, slowest ${percentile(sorted, 1).toFixed(0)} ms; memory at most ${(Number(memory) / 1024).toFixed(0)} MB`);
  await sleep(5000);
  const [told] = await withDatabase(home.system, (database) => database.query<{ booted: string }>(`SELECT count(*) AS booted FROM nodelist WHERE status = 'booted'`));
  console.log(`               ${told?.booted ?? '0'} nodes have the status booted in the tables`);
  if (unserved + wrong + withoutArchive > 0 || told?.booted !== String(nodes)) process.exitCode = 1;
}

/** Milliseconds that statelite-report.sh waits after a failure. */
function backOff(attempt: number): number {
  return Math.min(2 ** (attempt - 1), 32) * (1 + Math.random()) * 1000;
}

async function killAndStart(): Promise<void> {
  await end(server, 'SIGKILL');
  server = await site.start();
}
