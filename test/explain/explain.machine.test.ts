import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { plansNow } from '../../lib/explain/plans-now.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { makeTree } from '../helpers/trees.ts';

let cli: Cli;
let home: Home;
let root = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'statelite-explain-'));
  [cli, home] = await Promise.all([buildCli(), makeHome()]);
}, 60_000);
afterAll(async () => {
  cli.remove();
  await home.cleanup();
  rmSync(root, { recursive: true, force: true });
});

const run = (...words: readonly string[]): Promise<CliResult> => cli.run(words, home.env);
const must = async (...words: readonly string[]): Promise<void> => expect(await run(...words)).toMatchObject({ exitCode: 0 });

test('a change of the tables is explained and previewed before liteimg and nodeset carry it out', async () => {
  makeTree(join(root, 'rootimg'), { 'etc/motd': 'x', 'etc/init.d/': '', 'var/log/': '' });
  makeTree(join(root, 'trees'), { 'ny/etc/motd': 'ny' });
  await must('mkdef', '-t', 'node', 'n[1-3]', 'groups=all', 'room=ny');
  await must('chtab', 'imagename=image', 'osimage.provmethod=statelite', 'osimage.osvers=debian12', 'osimage.osarch=x86_64', 'osimage.profile=compute');
  await must('chtab', 'imagename=image', `linuximage.rootimgdir=${root}`);
  await must('chtab', 'node=all', 'nodetype.provmethod=image');
  await must('chtab', 'node=all', 'statelite.statemnt=127.0.0.1:/state');
  await must('chtab', 'image=ALL', 'file=/etc/motd', 'litefile.options=');
  await must('chtab', 'priority=1', `litetree.directory=127.0.0.1:${root}/trees/$nodepos.room`);
  await must('liteimg', 'image');

  expect(await run('liteplan', 'all', '--diff')).toEqual({ exitCode: 1, stdout: '3 nodes (n[1-3]): plan none -> made; nodeset has left none beside the image\n', stderr: '' });
  await withDatabase(home.system, async (database) => {
    const cluster = createCluster(await database.read());
    mkdirSync(join(root, 'plans'));
    for (const plan of plansNow(home.system, cluster, cluster.nodes).plans) writeFileSync(join(root, 'plans', plan.node), renderPlan(plan));
  });
  expect(await run('liteplan', 'all', '--diff')).toMatchObject({ exitCode: 0, stderr: '' });

  await must('chtab', 'image=ALL', 'file=/etc/motd', 'litefile.options=persistent');
  const preview = await run('liteplan', 'all', '--diff');
  expect(preview).toEqual({ exitCode: 1, stderr: '', stdout: [
    '3 nodes (n[1-3]): /etc/motd tmpfs -> persistent',
    'image image: litefile rows changed since liteimg ran: /etc/motd was file link and is file link,persistent; run liteimg image', '',
  ].join('\n') });
  expect((await run('liteplan', 'n2')).stdout).toContain(`        1  127.0.0.1:${root}/trees/ny\n`);

  const why = JSON.parse((await run('litewhy', 'n2', '/etc/motd', '--json')).stdout) as Record<string, unknown>;
  expect(why).toMatchObject({
    node: 'n2', image: 'image', row: { storage: 'persistent' }, sees: { writable: true, kept: true }, from: 'copied to the store once, at the next boot, from litetree 1',
    trees: [{ found: 'there', variables: [{ written: '$nodepos.room', value: 'ny', from: 'nodepos row of the node itself' }] }],
    chain: ['/etc/motd -> ../.statelite/tmpfs/etc/motd', '/.statelite/tmpfs/etc/motd -> ../../../.default/etc/motd', '/.default/etc/motd: file'],
  });
  expect((await run('litewhy', 'n2', '/var/log')).stdout).toContain('chtab image=image file=/var/log/ litefile.options=');
  expect(await run('litewhy', 'n9', '/etc/motd')).toEqual({ exitCode: 1, stdout: '', stderr: 'Error: n9 is not in nodelist\n  Hint: define it: mkdef -t node n9 groups=all\n' });
}, 120_000);
