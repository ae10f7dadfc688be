import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { makeTree, snapshotTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const IMAGE = 'debian12-x86_64-compute';
const ROWS = Array.from({ length: 400 }, (_, index) => (index % 3 === 0 ? `/srv/d${index}/` : index % 3 === 1 ? `/etc/f${index}` : `/new/deep${index}/file`));
const TREE: TreeSpec = Object.fromEntries(Array.from({ length: 400 }, (_, index) => (index % 3 === 0 ? [`srv/d${index}/f`, 'd'] : index % 3 === 1 ? [`etc/f${index}`, 'f'] : [`other/${index}`, 'o'])));
const ROUNDS = 12;

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
  expect(caught).toBeGreaterThan(2);
  rmSync(root, { recursive: true, force: true });
}, 120_000);
