import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { liteplan } from '../../lib/explain/liteplan.ts';
import { plansNow } from '../../lib/explain/plans-now.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { createFiles } from '../../lib/system/files.ts';
import { createSystem } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { lite, type Rows } from '../helpers/liting.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

describe('liteplan', () => {
  let directory = '';
  let notices: string[] = [];
  const rows: Rows = ['/etc/motd', '/var/', '/var/log/ persistent', '/var/tmp/'];
  const site = (litefile: Rows, { store = 'srv:/state', trees = ['srv:/trees/$node'] } = {}, more: Readonly<Record<string, readonly Row[]>> = {}) => createCluster({
    nodelist: ['n01', 'n02', 'n03'].map((node) => ({ node, groups: 'all' })),
    nodetype: [{ node: 'all', provmethod: 'image' }],
    osimage: [{ imagename: 'image' }],
    linuximage: [{ imagename: 'image', rootimgdir: directory }],
    litefile: litefile.map((text) => ({ image: 'ALL', file: text.split(' ')[0] ?? '', options: text.split(' ')[1] ?? '' })),
    litetree: trees.map((one, index) => ({ priority: String(index + 1), directory: one, mntopts: 'soft' })),
    statelite: [{ node: 'all', statemnt: store }],
    ...more,
  });
  const run = (cluster: ReturnType<typeof site>, { noderange = 'all', diff = false, json = false } = {}) => {
    notices = [];
    return liteplan({ system: createSystem(), notice: (line) => { notices.push(line); }, print: () => undefined, terminal: false }, cluster, { noderange, diff, json });
  };
  /** Leaves the plans as nodeset does. */
  const leavePlans = (cluster: ReturnType<typeof site>): void => {
    mkdirSync(join(directory, 'plans'), { recursive: true });
    for (const plan of plansNow({ files: createFiles(), env: {} }, cluster, cluster.nodes).plans) writeFileSync(join(directory, 'plans', plan.node), renderPlan(plan));
  };

  beforeEach(() => {
    directory = temporaryDirectory();
    makeTree(join(directory, 'rootimg'), { 'etc/motd': 'x', 'var/log/': '', 'var/tmp/': '' });
    lite(join(directory, 'rootimg'), rows);
  });

  test('shows nodes with equal plans together', () => {
    expect(run(site(rows))).toEqual({ exitCode: 0, output: [
      'n[01-03] (3 nodes)', '    image: image', '    hash:  one for each node, see --json', '    store: srv:/state/$node', '    sources, then the image:', '        1  srv:/trees/$node :soft', '    rows:',
      '        tmpfs       link  file       /etc/motd', '        tmpfs       link  directory  /var/', '        persistent  link  directory  /var/log/  below /var/',
      '        tmpfs       link  directory  /var/tmp/  below /var/, which does all for it',
    ].join('\n') });
    expect(notices).toEqual([]);
  });

  test('shows one node with its own name and hash, and what the image says of its rows', () => {
    const { output } = run(site(['/etc', '/run/x'], { trees: [] }), { noderange: 'n02' });
    expect(output).toMatch(/^n02\n {4}image: image\n {4}hash: {2}[0-9a-f]{64}\n {4}store: srv:\/state\/n02\n {4}sources: the image only\n {4}rows:\n {8}tmpfs {2}link {2}directory {2}\/etc\/$/);
    expect(notices).toEqual([
      'Notice: image: /etc is a directory in the image and treated as /etc/', 'Notice: image: /run/x is skipped: it is in /run, which is volatile already',
      'Notice: image: litefile rows changed since liteimg ran: /etc is new, /etc/motd is gone, /var is gone, /var/log is gone, /var/tmp is gone', '  Hint: liteimg image',
    ]);
  });

  test('as JSON has a hash for each node', () => {
    const [group] = JSON.parse(run(site(rows), { json: true }).output) as [Record<string, unknown>];
    expect(group).toMatchObject({ noderange: 'n[01-03]', image: 'image', store: { server: 'srv', directory: '/state', options: '' }, notices: [] });
    expect(Object.keys(group['hashes'] as object)).toEqual(['n01', 'n02', 'n03']);
  });

  test('refuses a node that can have no plan by name, and shows the others', () => {
    const { exitCode, output } = run(site(rows, {}, { nodetype: [{ node: 'n01', provmethod: 'image' }, { node: 'n02', provmethod: 'gone' }, { node: 'n03', provmethod: 'image' }] }));
    expect([exitCode, output.split('\n')[0]]).toEqual([1, 'n[01,03] (2 nodes)']);
    expect(notices[0]).toMatch(/^Error: n02: the image gone/);
  });

  test('--diff finds nothing after nodeset', () => {
    leavePlans(site(rows));
    expect(run(site(rows), { diff: true })).toEqual({ exitCode: 0, output: 'No difference: 3 nodes with the plan that nodeset left.' });
    expect(JSON.parse(run(site(rows), { diff: true, json: true }).output)).toEqual({ changes: [], images: [], refused: [] });
  });

  test('--diff groups what is different, and says when liteimg must run', () => {
    leavePlans(site(rows));
    const cluster = site(['/etc/motd persistent', '/var/'], { trees: ['srv:/new/$node'] }, { statelite: [{ node: 'all', statemnt: 'srv:/state' }, { node: 'n02', statemnt: 'srv:/own' }] });
    expect(run(cluster, { diff: true })).toEqual({ exitCode: 1, output: [
      '3 nodes (n[01-03]): litetree 1 srv:/trees/$node :soft -> srv:/new/$node :soft',
      '3 nodes (n[01-03]): /etc/motd tmpfs -> persistent', '3 nodes (n[01-03]): /var/log persistent directory -> none', '3 nodes (n[01-03]): /var/tmp tmpfs directory (done by its parent) -> none',
      '1 node (n02): store srv:/state -> srv:/own',
      'image image: litefile rows changed since liteimg ran: /var/log is gone, /var/tmp is gone, /etc/motd was file link and is file link,persistent; run liteimg image',
    ].join('\n') });
    const facts = JSON.parse(run(cluster, { diff: true, json: true }).output) as { changes: unknown[]; images: unknown[] };
    expect(facts.changes[1]).toEqual({ noderange: 'n[01-03]', nodes: ['n01', 'n02', 'n03'], what: '/etc/motd', before: 'tmpfs', after: 'persistent' });
    expect(facts.images).toEqual([{ image: 'image', pending: expect.stringContaining('litefile rows changed') as unknown, hint: 'liteimg image' }]);
  });

  test('--diff names nodes that nodeset left no plan for, and copies that are no plan', () => {
    leavePlans(site(rows));
    writeFileSync(join(directory, 'plans/n02'), 'oops');
    const cluster = site(rows, {}, { nodelist: [{ node: 'n02', groups: 'all' }, { node: 'n09', groups: 'all' }] });
    expect(run(cluster, { diff: true })).toEqual({ exitCode: 1, output: '1 node (n09): plan none -> made; nodeset has left none beside the image' });
    expect(notices[0]).toMatch(/^Error: n02: .*plans\/n02 is not a plan as nodeset writes it: it is cut short$/);
  });
});
