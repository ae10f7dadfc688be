import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { withDatabase } from '../../lib/db/open.ts';
import { asset } from '../../lib/system/assets.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { lite, type Rows } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const IMAGE = 'debian12-x86_64-compute';
const ROWS = Array.from({ length: 400 }, (_, index) => (index % 3 === 0 ? `/srv/d${index}/` : index % 3 === 1 ? `/etc/f${index}` : `/new/deep${index}/file`));
const TREE: TreeSpec = Object.fromEntries(Array.from({ length: 400 }, (_, index) => (index % 3 === 0 ? [`srv/d${index}/f`, 'd'] : index % 3 === 1 ? [`etc/f${index}`, 'f'] : [`other/${index}`, 'o'])));
const ROUNDS = 4;
/** Rounds without tables, quicker ones; 200 take a minute and a half on a busy machine: STATELITE_KILLS=200. */
const BARE_ROUNDS = Number(process.env['STATELITE_KILLS'] ?? 60);

let server: TestServer;
let cli: Cli;
beforeAll(async () => { [server, cli] = await Promise.all([startTestServer(), buildCli()]); }, 60_000);
afterAll(async () => {
  cli.remove();
  await server.close();
});

test('killed with -9 at any moment and run again, liteimg leaves the tree of an undisturbed run, and undo the original', async () => {
  const root = temporaryDirectory();
  const rootimg = join(root, 'install/netboot/debian12/x86_64/compute/rootimg');
  const system = await server.newDatabase();
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.upsert('site', { key: 'installdir', value: join(root, 'install') });
    await writer.replace('litefile', ROWS.map((file) => ({ image: 'ALL', file })));
  }));
  const liteimg = async (...words: string[]): Promise<void> => expect(await cli.run(['liteimg', IMAGE, ...words], system.env)).toMatchObject({ exitCode: 0 });
  const state = (): Record<string, string> => snapshotTree(rootimg, { anyTime: (path) => /^\/$|^\/\.|\/new|init\.d/.test(path) });
  makeTree(rootimg, TREE);
  const original = state();
  await liteimg();
  const wanted = state();
  await liteimg('--undo');
  expect(state()).toEqual(original);

  let caught = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const isUndo = round % 2 === 1;
    if (isUndo) await liteimg();
    const child = spawn(process.execPath, [cli.entry, 'liteimg', IMAGE, ...(isUndo ? ['--undo'] : [])], { env: system.env, stdio: 'ignore' });
    const ended = new Promise((resolve) => { child.on('exit', resolve); });
    while (child.exitCode === null && !existsSync(join(rootimg, '.statelite/journal.json'))) await sleep(1);
    await sleep(round * 3);
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
    if (existsSync(join(rootimg, '.statelite/journal.json'))) caught += 1;
    await liteimg(...(isUndo ? ['--undo'] : []));
    expect([round, state()]).toEqual([round, isUndo ? original : wanted]);
    await liteimg('--undo');
    expect([round, state()]).toEqual([round, original]);
  }
  expect(caught).toBeGreaterThan(0);
  rmSync(root, { recursive: true, force: true });
}, 120_000);

test(`the same for ${BARE_ROUNDS} kills of a process that does liteimg's work on a tree, at moments spread over a first run, a change of the table and an undo`, async () => {
  const work = mkdtempSync(join(tmpdir(), 'statelite-kill-'));
  const program = join(work, 'lite.mjs');
  await build({ entryPoints: [asset('test/helpers/lite-process.ts')], outfile: program, bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' });
  const rootimg = join(temporaryDirectory(), 'rootimg');
  const other: Rows = [...ROWS.filter((_, index) => index % 4 !== 0).map((row, index) => (index % 5 === 0 ? `${row} persistent` : row)), '/other/'];
  const runs: readonly (readonly [before: Rows | 'original', killed: Rows | 'original'])[] = [['original', ROWS], [ROWS, other], [other, 'original'], ['original', other], [ROWS, 'original'], [other, ROWS]];
  const state = (): Record<string, string> => snapshotTree(rootimg, { anyTime: (path) => /^\/$|^\/\.|\/new|init\.d/.test(path) });
  const stateAfter = (rows: Rows | 'original'): string => {
    lite(rootimg, rows);
    return JSON.stringify(state());
  };
  makeTree(rootimg, TREE);
  const wanted = new Map([ROWS, other, 'original' as const].map((rows) => [rows, stateAfter(rows)]));

  let caught = 0;
  for (let round = 0; round < BARE_ROUNDS; round += 1) {
    const [before, killed] = runs[round % runs.length] ?? ['original', ROWS];
    lite(rootimg, before);
    const child = spawn(process.execPath, [program, rootimg], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined).end(JSON.stringify(killed));
    const ended = new Promise((resolve) => { child.on('exit', resolve); });
    while (child.exitCode === null && !existsSync(join(rootimg, '.statelite/journal.json'))) await sleep(1);
    await sleep((round * 7) % 30);
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
    if (existsSync(join(rootimg, '.statelite/journal.json'))) caught += 1;
    expect([round, stateAfter(killed) === wanted.get(killed)]).toEqual([round, true]);
    if (round % 10 === 9) expect([round, stateAfter('original') === wanted.get('original')]).toEqual([round, true]);
  }
  expect(caught).toBeGreaterThan(BARE_ROUNDS / 5);
  rmSync(work, { recursive: true });
}, 300_000);

test('stopped by Ctrl-C at any moment, liteimg says how far it came and what to type, and the next run goes on', async () => {
  const root = temporaryDirectory();
  const rootimg = join(root, 'install/netboot/debian12/x86_64/compute/rootimg');
  const rows = Array.from({ length: 3000 }, (_, index) => (index % 20 === 0 ? `/srv/d${index}/` : `/etc/f${index}`));
  const system = await server.newDatabase();
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.upsert('site', { key: 'installdir', value: join(root, 'install') });
    await writer.replace('litefile', rows.map((file) => ({ image: 'ALL', file })));
  }));
  const state = (): string => JSON.stringify(snapshotTree(rootimg, { anyTime: (path) => /^\/$|^\/\.|init\.d/.test(path) }));
  makeTree(rootimg, Object.fromEntries(rows.map((row) => [row.endsWith('/') ? `${row.slice(1)}file` : row.slice(1), row])));
  const original = state();
  await cli.run(['liteimg', IMAGE], system.env);
  const wanted = state();
  await cli.run(['liteimg', IMAGE, '--undo'], system.env);

  let interrupted = 0;
  for (let round = 0; round < 8; round += 1) {
    const undo = round % 2 === 1 ? ['--undo'] : [];
    const child = spawn(process.execPath, [cli.entry, 'liteimg', IMAGE, ...undo], { env: system.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { told += text; });
    const ended = new Promise<readonly [number | null, string | null]>((resolve) => { child.on('close', (code, signal) => resolve([code, signal])); });
    while (child.exitCode === null && !existsSync(join(rootimg, '.statelite/journal.json'))) await sleep(1);
    await sleep(round * 4);
    child.kill('SIGINT');
    const [code, signal] = await ended;
    expect([round, signal]).toEqual([round, null]);
    if (code !== 0) {
      interrupted += 1;
      expect(told).toMatch(/^Error: liteimg stopped, no file is lost: interrupted after \d+ of \d+ operations\n {2}Hint: run liteimg (--undo )?debian12-x86_64-compute again, it goes on where it stopped$/m);
      expect(await cli.run(['liteimg', IMAGE, ...undo], system.env)).toMatchObject({ exitCode: 0 });
    }
    expect([round, state() === (undo.length > 0 ? original : wanted)]).toEqual([round, true]);
  }
  expect(interrupted).toBeGreaterThan(0);
  rmSync(root, { recursive: true, force: true });
}, 120_000);

test('a run that is killed while another waits for it leaves the lock to that one, which finishes the work', async () => {
  const root = temporaryDirectory();
  const rootimg = join(root, 'install/netboot/debian12/x86_64/compute/rootimg');
  const system = await server.newDatabase();
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.upsert('site', { key: 'installdir', value: join(root, 'install') });
    await writer.replace('litefile', ROWS.map((file) => ({ image: 'ALL', file })));
  }));
  makeTree(rootimg, TREE);
  const start = () => spawn(process.execPath, [cli.entry, 'liteimg', IMAGE], { env: system.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const holder = start();
  while (holder.exitCode === null && !existsSync(join(rootimg, '.statelite/journal.json'))) await sleep(1);
  holder.kill('SIGSTOP');
  expect(existsSync(join(rootimg, '.statelite/journal.json'))).toBe(true);

  const second = start();
  let told = '';
  await new Promise<void>((resolve) => { second.stderr.setEncoding('utf8').on('data', (text: string) => { told += text; if (told.includes('waiting: ')) resolve(); }); });
  const exitCode = new Promise((resolve) => { second.on('exit', resolve); });
  expect(told).toMatch(/^waiting: .* works on debian12-x86_64-compute/);
  holder.kill('SIGKILL');
  expect(await exitCode).toBe(0);
  expect(await cli.run(['liteimg', IMAGE, '--check'], system.env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('In order') as unknown });
  rmSync(root, { recursive: true, force: true });
}, 60_000);
