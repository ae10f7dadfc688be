import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inside, requireLab } from '../../lib/lab/instance.ts';
import { keeperReport } from '../../lib/lab/lab.ts';
import { consoleOf, makeImageReady, openBootSite, waitForConsole, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'statelite=debian12-x86_64-compute';
/** A second address of the lab's server, which can be taken away: only one litetree is there. */
const DYING = '10.30.0.2';
let site: BootSite;
let tree = '';

/** n01 meets an NFS server that says nothing for a while, then a litetree server that dies during the copy; n02 is refused its root. One boot for all. */
beforeAll(async () => {
  site = await openBootSite();
  await makeImageReady(site);
  tree = join(site.home, 'common/dying');
  makeBigFile(join(tree, 'var/log'));
  await site.must('chtab', 'priority=0.7', `litetree.directory=${DYING}:${tree}`, 'litetree.mntopts=vers=3');
  await site.must('chtab', 'node=n02', 'bootparams.addkcmdline=NFSROOT=10.30.0.1:/no/such/image statelite.timeout=0');
  await site.must('nodeset', 'n01,n02', IMAGE);
  await site.must('litelab', 'up');
}, 15 * MINUTES);

afterAll(async () => {
  await site.statelite('litelab', 'down');
  await site.statelite('chtab', '-d', 'priority=0.7', 'litetree');
  await site.statelite('chtab', 'node=n02', 'bootparams.addkcmdline=');
  await site.statelite('nodeset', 'n01,n02', IMAGE);
  rmSync(tree, { recursive: true, force: true });
  await site.close();
}, 2 * MINUTES);

describe('nodes that meet failing servers', () => {
  let ended: { readonly exitCode: number } = { exitCode: -1 };

  beforeAll(async () => {
    await onServer('ip', 'address', 'add', `${DYING}/24`, 'dev', 'lab0');
    await signalNfs('STOP');
    const booting = site.statelite('litelab', 'boot', 'n01', '--timeout', '900');
    const refused = site.statelite('litelab', 'boot', 'n02', '--timeout', '900');
    try {
      await waitForConsole(site, 'n01', 'no answer in 40 s; trying again', 1, 300);
    } finally {
      await signalNfs('CONT');
    }
    await untilReceived('n01', 80e6);
    await onServer('ip', 'address', 'delete', `${DYING}/24`, 'dev', 'lab0');
    ended = await booting;
    await refused;
  }, 20 * MINUTES);

  test('an NFS root that is slow is waited for', () => {
    const shown = consoleOf(requireLab(site.system), 'n01');
    expect(shown).toMatch(/statelite: NFS root \S+: no answer in 40 s; trying again/);
    expect([ended.exitCode, shown.includes('STOPPED')]).toEqual([0, false]);
  });

  test('an NFS root that is refused stops the node', () => {
    const shown = consoleOf(requireLab(site.system), 'n02');
    expect(shown.match(/statelite: STOPPED: the NFS root 10\.30\.0\.1:\/no\/such\/image\/rootimg cannot be mounted: .*No such file or directory/g)).toHaveLength(1);
  });

  test('a litetree server that dies during the copy is left out, its rows take the next source, and it is said', async () => {
    const shown = consoleOf(requireLab(site.system), 'n01');
    expect(shown).toContain(`statelite: WARNING: litetree 0.7, ${DYING}:${tree}: no answer for 30 s while it was copied`);
    expect(shown).toMatch(/statelite: a litetree went away while its rows were made: everything is made again without it\r?\n[^]*statelite: litetree 0\.7 is not mounted: its rows take the next source\r?\n[^]*statelite: (\d+) of \1 rows in place/);
    expect((await site.must('litelab', 'run', 'n01', 'ls /var/log; cat /etc/motd')).stdout).not.toContain('big');
    expect((await site.must('litelab', 'run', 'n01', 'cat /etc/motd')).stdout.trim()).toBe('Welcome to New York.');
  });

  test('the server knows of all of it', async () => {
    let told = '';
    for (let waited = 0; waited < 60 && !told.includes('n01: booted'); waited += 1) {
      await sleep(1000);
      told = (await site.must('litestat', 'n01,n02')).stdout;
    }
    expect(told).toMatch(/^n01: booted .*, up /m);
    expect(told).toMatch(/^n01: warning: litetree 0\.7, 10\.30\.0\.2:\S+: no answer for 30 s while it was copied$/m);
    expect(told).toMatch(/^n01: NFS: \d+ operations, [\d.]+ MB read, [\d.]+ MB written$/m);
    expect(told).toMatch(/^n02: FAILED in root, .*: the NFS root 10\.30\.0\.1:\/no\/such\/image\/rootimg cannot be mounted: /m);
  }, 2 * MINUTES);
});

// --- internal ---

function makeBigFile(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const file = openSync(join(directory, 'big'), 'w');
  for (let part = 0; part < 250; part += 1) writeSync(file, Buffer.alloc(1e6, 'x'));
  closeSync(file);
}

async function onServer(...command: readonly [string, ...string[]]): Promise<string> {
  const [program, ...words] = inside(requireLab(site.system), ...command);
  return (await site.system.run(program, words)).stdout;
}

async function signalNfs(signal: 'STOP' | 'CONT'): Promise<void> {
  const served = keeperReport(site.system, requireLab(site.system)).services.find(({ name }) => name.includes('nfs'));
  await onServer('kill', `-${signal}`, String(served?.pid));
}

/** Waits until so many bytes have gone to a node since its power-on: more than a boot reads before its rows are copied. */
async function untilReceived(node: string, bytes: number): Promise<void> {
  for (let waited = 0; waited < 6000; waited += 1) {
    const links = JSON.parse(await onServer('ip', '-s', '-j', 'link', 'show', 'type', 'tun')) as readonly { readonly ifname: string; readonly stats64: { readonly tx: { readonly bytes: number } } }[];
    if (links.some(({ stats64 }) => stats64.tx.bytes > bytes)) return;
    if (consoleOf(requireLab(site.system), node).includes('login:')) break;
    await sleep(100);
  }
  throw new Error(`${node} did not copy from ${DYING}`);
}
