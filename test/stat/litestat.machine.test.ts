import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { saveBoots } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { parseReport, type Boot } from '../../lib/stat/boot.ts';
import { type Cli } from '../helpers/cli.ts';
import { makeCliHome, type CliHome } from '../helpers/cli-home.ts';
import { startExternalPostgres } from '../helpers/external-postgres.ts';

// Nodes n001 to n060 booted; n020 copied half a gigabyte, n031 waited for a litetree, n044 for an init script, n050 for its DHCP server; n058 is stuck, n059 stopped, n060 never came.

let home: CliHome;

const name = (number: number): string => `n${String(number).padStart(3, '0')}`;
const AGO = 600_000;

function report(number: number): Boot {
  const late = (which: number, ms: number): number => (number === which ? ms : number);
  const [dhcp, mount, rows, script] = [late(50, 30_000), late(31, 8000), late(20, 9000), late(44, 12_000)];
  const ends = { initrd: 1900, dhcp: 2000 + dhcp, root: 200, plan: 100, store: 100, sources: 50 + mount, rows: 60 + rows, scripts: 150 + script, switch_root: 50 };
  let at = 0;
  const phases = Object.entries(ends).map(([phase, took]) => `phase ${phase} ${at += took}`);
  const text = [
    `boot 0f0e0d0c-1111-4222-8333-${String(number).padStart(12, '0')}`,
    ...(number === 58 ? phases.slice(0, 4) : number === 59 ? [...phases.slice(0, 4), 'stopped the store is full'] : phases),
    ...(number > 57 ? [] : [
      `source 1 ${40 + mount} nas:/trees/${name(number)}`, `source 2 20 nas:/common`, `script 0 ${120 + script} 10-scratch`,
      `row ok tmpfs,rw,link directory 1+default ${number === 20 ? 512_000_000 : 1_000_000 + number} ${20 + rows} /var/lib/application/with-a-rather-long-name/and-more/`,
      `row ok tmpfs,rw,link file 1 2000000 ${10 + rows} /var/cache/always-large.db/`, `row ok tmpfs,rw,link file 1 300 ${10 + rows} /etc/motd/`,
      `row ok tmpfs,con,link file default+1 4096 10 /etc/hosts/`, 'row ok persistent,rw,bind file store 0 10 /etc/machine-id/',
    ]),
    ...(number === 50 ? ['warning eth0: no lease from 10.0.0.1, asked again'] : []),
    ...(number === 20 ? ['row FAILED tmpfs,rw,link file 2 0 10 /etc/broken/'] : []),
  ].join('\n');
  const boot = parseReport(name(number), text, Date.now() - AGO);
  if (boot === undefined) throw new Error('no report');
  return boot;
}

const litestat = (...words: readonly string[]): ReturnType<Cli['run']> => home.cli.run(['litestat', ...words], home.env);

beforeAll(async () => {
  home = await makeCliHome();
  await withDatabase(home.system, async (database) => {
    await database.write((writer) => writer.put('nodelist', Array.from({ length: 60 }, (_, index) => ({ node: name(index + 1), groups: index < 20 ? 'rack1,all' : 'all' }))));
    await saveBoots(database, Array.from({ length: 59 }, (_, index) => report(index + 1)));
  });
}, 60_000);

afterAll(() => home.cleanup());

describe('litestat', () => {
  test('tells of nodes that never reported, that are stuck and that stopped, and refuses a node that is not there', async () => {
    const { exitCode, stdout, stderr } = await litestat('n058-n060');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^n058: STUCK in store for \d+ min( \d+ s)?, booting since [^\n]*\nn059: FAILED in store, [^\n]*: the store is full\nn060: no boot was reported\n$/);
    expect(await litestat('n001,n999')).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringContaining('n999') });
    expect(await litestat('--watch', '--slow')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('says so when its database does not answer', async () => {
    const { exitCode, stdout, stderr } = await home.cli.run(['litestat', 'n001'], { ...home.env, STATELITE_DATABASE_URL: 'postgresql://x@127.0.0.1:1/x' });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: the database \S+ does not answer: connect ECONNREFUSED 127\.0\.0\.1:1\n {2}Hint: check STATELITE_DATABASE_URL/);
  });

  test('--watch in a pipe prints plain lines, waits for a database that is away, goes on when it is back, and ends when nobody reads', async () => {
    const postgres = await startExternalPostgres();
    try {
      const env = { ...home.env, STATELITE_DATABASE_URL: postgres.url, TERM: 'dumb' };
      const save = (number: number, text: string): Promise<void> => withDatabase({ ...home.system, env }, (database) => saveBoots(database, [parseReport('n001', `boot 0f0e0d0c-1111-4222-8333-${String(number).padStart(12, '0')}\n${text}`, Date.now())].flatMap((boot) => boot ?? [])));
      await withDatabase({ ...home.system, env }, (database) => database.write((writer) => writer.put('nodelist', [{ node: 'n001', groups: 'all' }])));
      const watch = spawn(process.execPath, [home.cli.entry, 'litestat', '--watch'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = once(watch, 'exit');
      let [said, noticed] = ['', ''];
      watch.stdout.on('data', (part: Buffer) => { said += part.toString(); });
      watch.stderr.on('data', (part: Buffer) => { noticed += part.toString(); });
      const until = async (text: () => string, wanted: string): Promise<void> => { while (!text().includes(wanted)) await sleep(50); };
      await until(() => said, 'no boot was reported');
      process.kill(postgres.pid(), 'SIGKILL');
      await until(() => noticed, 'waiting for it');
      await postgres.restart();
      await until(() => noticed, 'the database is back after');
      await save(1, 'phase dhcp 4000');
      await until(() => said, 'in root for');
      expect(['\u001b', '\r'].filter((sign) => said.includes(sign))).toEqual([]);
      expect(noticed.match(/waiting for it/g)).toHaveLength(1);
      watch.stdout.destroy();
      await save(1, 'phase root 5000');
      expect(await ended).toEqual([0, null]);
    } finally {
      postgres.close();
    }
  }, 60_000);
});

describe('litestat --slow', () => {
  test('tells the median and the 95th percentile of each phase, what costs most, and who stands out because of which row', async () => {
    const { exitCode, stdout, stderr } = await litestat('--slow');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'phase        nodes     p50      p95  slowest  on',
      'initrd          59  1.90 s   1.90 s   1.90 s  n059',
      'dhcp            59  2.03 s   2.06 s  32.00 s  n050',
      'root            59  0.20 s   0.20 s   0.20 s  n059',
      'plan            59  0.10 s   0.10 s   0.10 s  n059',
      'store           57  0.10 s   0.10 s   0.10 s  n057',
      'sources         57  0.08 s   0.11 s   8.05 s  n031',
      'rows            57  0.09 s   0.12 s   9.06 s  n020',
      'scripts         57  0.18 s   0.21 s  12.15 s  n044',
      'switch_root     57  0.05 s   0.05 s   0.05 s  n057',
      'total           57  4.73 s  13.67 s  34.76 s  n050',
      '',
      'phase    nodes     p50     p95  slowest  on    row, litetree or script',
      'scripts     57  0.15 s  0.18 s  12.12 s  n044  init script 10-scratch',
      '',
      'n050: dhcp took 32.00 s, on half of the nodes at most 2.03 s',
      'n050:   warning: eth0: no lease from 10.0.0.1, asked again',
      'n044: scripts took 12.15 s, on half of the nodes at most 0.18 s',
      'n044:   init script 10-scratch',
      'n044:     12.12 s (half: 0.15 s)',
      'n020: rows took 9.06 s, on half of the nodes at most 0.09 s',
      'n020:   /var/lib/application/with-a-rather-long-name/and-more',
      'n020:     9.02 s (half: 0.05 s), 512.0 MB copied (half: 1.0 MB)',
      'n020:     tmpfs,rw,link from litetree 1 and the image, with 2 other rows',
      'n020:   row FAILED /etc/broken',
      'n031: sources took 8.05 s, on half of the nodes at most 0.08 s',
      'n031:   litetree 1, nas:/trees/n031',
      'n031:     8.04 s (half: 0.07 s)',
      '',
      'not booted: 1 stuck, 1 failed, 1 without a report; litestat tells why',
      '',
    ]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('of a group compares its nodes with each other only, and is JSON when asked', async () => {
    const told = JSON.parse((await litestat('rack1', '--slow', '--json')).stdout) as { readonly outliers: readonly Readonly<Record<string, unknown>>[]; readonly pieces: readonly Readonly<Record<string, unknown>>[] };
    expect(told.outliers).toHaveLength(1);
    expect(told.outliers[0]).toMatchObject({
      node: 'n020', phase: 'rows', took: 9060, failed: ['/etc/broken'],
      culprits: [{ name: '/var/lib/application/with-a-rather-long-name/and-more', option: 'tmpfs,rw,link', origin: '1+default', ms: 9020, bytes: 512_000_000, together: 2 }],
    });
    expect(told.pieces.find((piece) => piece['name'] === 'litetree 1')).toMatchObject({ phase: 'sources', nodes: 20, p50: 50, slowest: { node: 'n020', took: 60 } });
  });
});
