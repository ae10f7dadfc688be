import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verb as ilitefileVerb } from '../../bin/ilitefile.ts';
import { verb as litefileVerb } from '../../bin/litefile.ts';
import { verb as liteimgVerb } from '../../bin/liteimg.ts';
import { verb as litetreeVerb } from '../../bin/litetree.ts';
import { verb as lsliteVerb } from '../../bin/lslite.ts';
import type { Context, Result } from '../../lib/command.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { putImageInPlace } from '../../lib/image/replace.ts';
import type { System } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { filesKilledAt, Killed } from '../helpers/faults.ts';
import { makeTree, snapshotTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); }, 60_000);
afterAll(() => server.close());

let root = '';
let system: System;
let printed: string[] = [];
let notices: string[] = [];

const installed = (...parts: string[]): string => join(root, 'install/netboot/debian12/x86_64/compute', ...parts);
const context = (): Context => {
  [printed, notices] = [[], []];
  return { system, notice: (line) => { notices.push(line); }, print: (line) => { printed.push(line); }, terminal: false };
};
const write = (table: string, ...rows: Row[]): Promise<void> =>
  withDatabase(system, (database) => database.write(async (writer) => { for (const row of rows) await writer.upsert(table, row); }));
const read = (table: string): Promise<readonly Row[]> => withDatabase(system, async (database) => (await database.read([table]))[table] ?? []);
const liteimg = (image: string | undefined, more: Partial<Parameters<typeof liteimgVerb.handler>[0]> = {}): Promise<Result> =>
  liteimgVerb.handler({ image, os: undefined, arch: undefined, profile: undefined, 'dry-run': false, undo: false, check: false, json: false, verbose: false, ...more }, context());

const IMAGE: TreeSpec = { 'etc/ntp.conf': 'ntp', 'etc/hosts': 'h', 'var/log/x': 'x', 'var/run': '-> /run', 'run/': '', 'tmp/': '' };

beforeEach(async () => {
  root = temporaryDirectory();
  system = await server.newDatabase();
  makeTree(installed('rootimg'), IMAGE);
  await write('site', { key: 'installdir', value: join(root, 'install') });
  await write('litefile', { image: 'ALL', file: '/etc/ntp.conf' }, { image: 'ALL', file: '/var/log/', options: 'persistent' }, { image: 'ALL', file: '/var/run/' }, { image: '', file: '/etc/hosts', options: 'con' });
}, 30_000);

describe('liteimg', () => {
  test('<os>-<arch>-<profile> with its root tree in place and no row is prepared, and its rows are written', async () => {
    const rootimg = installed('rootimg');
    expect(await liteimg('debian12-x86_64-compute')).toEqual({ exitCode: 0, output: `Modifying ${rootimg} done.` });
    expect(printed).toEqual([`Modifying ${rootimg} ...`]);
    expect(notices).toEqual(['Notice: /var/run is skipped: it leads to /run, which is volatile already']);
    expect(readlinkSync(join(rootimg, 'etc/ntp.conf'))).toBe('../.statelite/tmpfs/etc/ntp.conf');
    expect(await read('osimage')).toEqual([expect.objectContaining({ imagename: 'debian12-x86_64-compute', provmethod: 'statelite', osvers: 'debian12' })]);
    expect(await read('linuximage')).toEqual([expect.objectContaining({ rootimgdir: installed() })]);
  });

  test('a second run has nothing to do and says so in one line, and changes nothing', async () => {
    await liteimg(undefined, { os: 'debian12', arch: 'x86_64', profile: 'compute' });
    const before = snapshotTree(installed('rootimg'));
    expect(await liteimg('debian12-x86_64-compute')).toEqual({ exitCode: 0, output: `Nothing to do: ${installed('rootimg')} is as its 3 litefile rows say.` });
    expect(printed).toEqual([]);
    expect(snapshotTree(installed('rootimg'))).toEqual(before);
  });

  test('a dry run prints what would be done and does nothing, not even rows', async () => {
    const before = snapshotTree(root);
    const { output } = await liteimg('debian12-x86_64-compute', { 'dry-run': true });
    expect(output).toContain('+ link     /var/log/  (default kept in /.default/var/log)');
    expect(output).toContain('+ install  /etc/init.d/statelite');
    expect(JSON.parse((await liteimg('debian12-x86_64-compute', { 'dry-run': true, json: true })).output)).toMatchObject({ applied: false, operations: expect.any(Array) as unknown });
    expect(snapshotTree(root)).toEqual(before);
    expect(await read('osimage')).toEqual([]);
  });

  test('undo gives the tree back, a second undo has nothing to do', async () => {
    const before = snapshotTree(installed('rootimg'));
    await liteimg('debian12-x86_64-compute');
    await liteimg('debian12-x86_64-compute', { undo: true });
    expect(snapshotTree(installed('rootimg'))).toEqual(before);
    expect((await liteimg('debian12-x86_64-compute', { undo: true })).output).toBe(`Nothing to undo: ${installed('rootimg')} has nothing of liteimg.`);
  });

  test('a genimage that was killed while tree, kernel and initrd changed places is finished first, and that is told', async () => {
    makeTree(installed(), { 'kernel': 'old', 'initrd-statelite.gz': 'old', '.rootimg.new/etc/new': 'new', '.kernel.new': 'new', '.initrd-statelite.gz.new': 'new' });
    await expect(putImageInPlace({ ...system, files: filesKilledAt(6, 'after').files }, installed())).rejects.toThrow(Killed);
    expect(readFileSync(installed('kernel'), 'utf8')).toBe('old');
    await liteimg('debian12-x86_64-compute', { 'dry-run': true });
    expect(readFileSync(installed('kernel'), 'utf8')).toBe('old');
    await liteimg('debian12-x86_64-compute');
    expect(notices[0]).toBe('Notice: debian12-x86_64-compute: a run was ended while tree, kernel and initrd changed places; that is finished now');
    expect([existsSync(installed('rootimg/etc/new')), ...['kernel', 'initrd-statelite.gz', 'kernel.old', 'initrd-statelite.gz.old'].map((name) => readFileSync(installed(name), 'utf8'))]).toEqual([true, 'new', 'new', 'old', 'old']);
    expect([existsSync(installed('rootimg.old/etc/ntp.conf')), existsSync(installed('.replacing'))]).toEqual([true, false]);
  });

  test('--check finds the tree in order, or exits with 1, changes nothing and names the repair', async () => {
    const rootimg = installed('rootimg');
    const check = (more = {}): Promise<Result> => liteimg('debian12-x86_64-compute', { check: true, ...more });
    const lines = async (): Promise<string[]> => (await check()).output.split('\n');
    expect(await check()).toMatchObject({ exitCode: 1, output: expect.stringContaining('+ link     /etc/ntp.conf') as unknown });
    await liteimg('debian12-x86_64-compute');
    expect(await check()).toEqual({ exitCode: 0, output: `In order: ${rootimg} is as its 3 litefile rows say.` });

    rmSync(join(rootimg, 'etc/ntp.conf'));
    writeFileSync(join(rootimg, 'etc/ntp.conf'), 'by a package');
    rmSync(join(rootimg, 'var/log'));
    writeFileSync(join(rootimg, 'etc/init.d/statelite'), 'changed');
    const before = snapshotTree(root);
    expect(await lines()).toEqual([
      `${rootimg} is not as its litefile rows say. This is missing:`, '~ prepare  /.statelite  (what must not be forgotten)', '+ link     /etc/ntp.conf  (default kept in /.default/etc/ntp.conf)',
      '+ link     /var/log/  (default kept in /.default/var/log)', '+ install  /etc/init.d/statelite  (the script that prepares a node)', '~ record   /.statelite  (what was done)',
      '5 operations, nothing was changed. To repair it: liteimg debian12-x86_64-compute',
    ]);
    expect(notices).toContainEqual(expect.stringContaining('/etc/ntp.conf was replaced in the image'));
    expect(JSON.parse((await check({ json: true })).output)).toMatchObject({ sound: false, repair: 'liteimg debian12-x86_64-compute', notices: [{}, {}] });
    expect(snapshotTree(root)).toEqual(before);
    await liteimg('debian12-x86_64-compute');
    expect((await check()).exitCode).toBe(0);

    await write('litefile', { image: 'ALL', file: '/srv/new/' });
    expect((await lines()).at(-1)).toContain('To repair it: liteimg');
  });

  test('a file that must not be changed is named with what to do, and the next run goes on', async () => {
    execFileSync('chattr', ['+i', installed('rootimg/etc/ntp.conf')]);
    await expect(liteimg('debian12-x86_64-compute')).rejects.toMatchObject({
      code: 'FILE_SYSTEM', message: expect.stringMatching(/^liteimg stopped, no file is lost: link .*etc\/ntp\.conf: EPERM$/) as unknown,
      hint: expect.stringMatching(/lsattr; then run liteimg debian12-x86_64-compute again, it goes on where it stopped$/) as unknown,
    });
    execFileSync('chattr', ['-i', installed('rootimg/etc/ntp.conf')]);
    expect((await liteimg('debian12-x86_64-compute')).output).toContain('done.');
  });

  test('what is wrong with rows and images is refused before anything is touched', async () => {
    const before = snapshotTree(root);
    await write('litefile', { image: '', file: '/etc/ntp.conf' }, { image: 'ALL', file: '/var/log/x', options: 'ro' }, { image: 'ALL', file: '/etc/hosts/y' });
    await expect(liteimg('debian12-x86_64-compute')).rejects.toMatchObject({ code: 'PROBLEMS', problems: { length: 3 } });
    await expect(liteimg('centos-x86_64-none')).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', message: "Cannot find image 'centos-x86_64-none' from the osimage table." });
    await expect(liteimg('x', { os: 'o' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(liteimg(undefined, { os: 'o' })).rejects.toMatchObject({ code: 'USAGE' });
    await write('osimage', { imagename: 'gone', osvers: 'a', osarch: 'b', profile: 'c', provmethod: 'statelite' }, { imagename: 'net', osvers: 'a', osarch: 'b', profile: 'c', provmethod: 'netboot' });
    await expect(liteimg('gone')).rejects.toMatchObject({ code: 'IMAGE_MISSING', message: expect.stringContaining('install/netboot/a/b/c/rootimg') as unknown });
    await expect(liteimg('net')).rejects.toMatchObject({ code: 'ROW_INVALID', message: expect.stringContaining('provmethod is set to statelite') as unknown });
    expect(snapshotTree(root)).toEqual(before);
  });

  test('an empty table is refused, and does not undo anything', async () => {
    await liteimg('debian12-x86_64-compute');
    await withDatabase(system, (database) => database.write((writer) => writer.replace('litefile', [])));
    await expect(liteimg('debian12-x86_64-compute')).rejects.toMatchObject({ code: 'LITEFILE_INVALID', message: expect.stringContaining('There are no files to sync for debian12-x86_64-compute') as unknown });
    expect(existsSync(installed('rootimg/.default/etc/ntp.conf'))).toBe(true);
  });

  test('an image for local disks alone gets scripts and mount points, each once; an undo takes all of it back', async () => {
    const rootimg = installed('rootimg');
    makeTree(rootimg, { 'opt/file': 'f', 'mnt/there/': '' });
    const before = snapshotTree(rootimg);
    await withDatabase(system, (database) => database.write((writer) => writer.replace('litefile', [])));
    const part = (layout: string, label: string, mountpoint: string, more: Row = {}): Row => ({ layout, label, disk: 'first-empty', number: '1', fstype: 'ext4', mountpoint, ...more });
    await write('disklayout', part('scratch', 'a', '/mnt/scratch/deep/'), part('scratch', 'b', '/mnt/there', { number: '2' }), part('scratch', 'c', 'store', { number: '3' }), part('log', 'd', '/var/run/x'), part('bad', 'e', '/opt/file/x'),
      part('other', 'f', '/mnt/other'), part('swap', 'g', '', { fstype: 'swap' }));
    await write('osimage', { imagename: 'other', osvers: 'a', osarch: 'b', profile: 'c', provmethod: 'statelite' });
    expect((await liteimg('debian12-x86_64-compute', { 'dry-run': true })).output.split('\n')).toEqual(expect.arrayContaining([expect.stringMatching(/^\+? ?.*\/mnt\/scratch\/deep\//)]));
    expect(snapshotTree(rootimg)).toEqual(before);
    expect((await liteimg('debian12-x86_64-compute')).exitCode).toBe(0);
    expect(['etc/init.d/statelite', 'etc/init.d/localdisk', 'mnt/scratch/deep', '.statelite', 'mnt/other'].map((path) => existsSync(join(rootimg, path)))).toEqual([true, true, true, true, false]);
    expect((await liteimg('debian12-x86_64-compute')).output).toBe(`Nothing to do: ${rootimg} is as its 0 litefile rows say.`);
    expect(await liteimg('debian12-x86_64-compute', { check: true })).toMatchObject({ exitCode: 0 });
    await withDatabase(system, (database) => database.write((writer) => writer.replace('disklayout', [part('scratch', 'a', '/mnt/scratch')])));
    await liteimg('debian12-x86_64-compute');
    expect([existsSync(join(rootimg, 'mnt/scratch')), existsSync(join(rootimg, 'mnt/scratch/deep'))]).toEqual([true, false]);
    await liteimg('debian12-x86_64-compute', { undo: true });
    expect(snapshotTree(rootimg)).toEqual(before);
  });

  test('an image for overlays alone is prepared; one that had rows is not emptied because of them', async () => {
    await withDatabase(system, (database) => database.write((writer) => writer.replace('litefile', [])));
    await write('overlays', { node: 'all', overlays: 'hosts' });
    await liteimg('debian12-x86_64-compute');
    expect(existsSync(installed('rootimg/etc/init.d/statelite'))).toBe(true);
    await write('litefile', { image: 'ALL', file: '/etc/ntp.conf' });
    await liteimg('debian12-x86_64-compute');
    await withDatabase(system, (database) => database.write((writer) => writer.replace('litefile', [])));
    await expect(liteimg('debian12-x86_64-compute')).rejects.toMatchObject({ code: 'LITEFILE_INVALID', message: expect.stringContaining('and it was made for 1') as unknown, hint: expect.stringContaining('liteimg --undo') as unknown });
    expect(existsSync(installed('rootimg/.default/etc/ntp.conf'))).toBe(true);
  });

  test('two runs at once: the second waits and then has nothing to do', async () => {
    mkdirSync(installed('rootimg/srv'));
    const results = await Promise.all([liteimg('debian12-x86_64-compute'), liteimg('debian12-x86_64-compute')]);
    expect(results.map(({ output }) => output.replace(/:? .*/, '')).sort()).toEqual(['Modifying', 'Nothing']);
  });
});

describe('the listing commands', () => {
  beforeEach(async () => {
    await write('osimage', { imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite', groups: 'lab' });
    await write('nodelist', { node: 'n01', groups: 'all,ny' }, { node: 'n02', groups: 'all' }, { node: 'n03', groups: 'all' });
    await write('nodetype', { node: 'n01', provmethod: 'img' }, { node: 'n02', provmethod: 'img' });
    await write('nodepos', { node: 'n01', room: 'ny' }, { node: 'n02', room: 'sh' });
    await write('litetree', { priority: '10', directory: 'cnfs:/gpfs/dallas/' }, { priority: '2.5', image: 'lab', directory: 'nfs1:/trees/$nodepos.room', mntopts: 'soft,ro' }, { priority: '3', image: 'other', directory: 'x:/y' }, { priority: '1', image: 'ALL', directory: '/local/$node' });
    await write('statelite', { node: 'ny', statemnt: 'nfs1:/state' });
  });

  test('litefile prints node, option and path; a node without an image is refused by name, the others are printed', async () => {
    expect(await litefileVerb.handler({ noderange: 'all', json: false }, context())).toEqual({ exitCode: 1, output: ['n01', 'n02'].flatMap((node) => [
      `${node}: con           /etc/hosts`, `${node}: tmpfs,rw      /etc/ntp.conf`, `${node}: persistent    /var/log/`, `${node}: tmpfs,rw      /var/run/`,
    ]).join('\n') });
    expect(notices[0]).toMatch(/^Error: n03: .*does not have os, arch, or profile defined in nodetype table|^Error: n03/);
  });

  test('ilitefile prints the image, and refuses an unknown one', async () => {
    expect((await ilitefileVerb.handler({ image: 'img', json: false }, context())).output.split('\n')[0]).toBe('img: con           /etc/hosts');
    expect(JSON.parse((await ilitefileVerb.handler({ image: 'img', json: true }, context())).output)).toContainEqual({
      image: '', path: '/etc/hosts', options: 'con', storage: 'tmpfs', mode: 'con', mechanism: 'link', level: 'all', reason: 'litefile row image= file=/etc/hosts',
    });
    await expect(ilitefileVerb.handler({ image: 'nope', json: false }, context())).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  });

  test('litetree prints directories in numeric order with variables expanded', async () => {
    expect((await litetreeVerb.handler({ noderange: 'n01,n02', json: false }, context())).output.split('\n')).toEqual([
      'n01: /local/n01', 'n01: nfs1:/trees/ny :soft,ro', 'n01: cnfs:/gpfs/dallas/', 'n02: /local/n02', 'n02: nfs1:/trees/sh :soft,ro', 'n02: cnfs:/gpfs/dallas/',
    ]);
    expect(JSON.parse((await litetreeVerb.handler({ noderange: 'n01', json: true }, context())).output)).toContainEqual({ node: 'n01', priority: '2.5', server: 'nfs1', directory: '/trees/ny', options: 'soft,ro' });
  });

  test('litetree refuses a node whose variable is unset, with the row', async () => {
    await write('nodetype', { node: 'n03', provmethod: 'img' });
    expect((await litetreeVerb.handler({ noderange: 'n03', json: false }, context())).exitCode).toBe(1);
    expect(notices[0]).toMatch(/^Error: n03: .*litetree row priority=2\.5/);
  });

  test('lslite shows the three tables for a node, and the rows of an image', async () => {
    expect((await lsliteVerb.handler({ noderange: 'n01', image: undefined, json: false }, context())).output.split('\n')).toEqual([
      '>>>Node: n01', 'Osimage: img', '',
      'Persistent directory (statelite table):', '        nfs1:/state', '',
      'Litefiles (litefile table):', '        con           /etc/hosts', '        tmpfs,rw      /etc/ntp.conf', '        persistent    /var/log/', '        tmpfs,rw      /var/run/', '',
      'Litetree path (litetree table):', '        1, /local/n01', '        2.5, nfs1:/trees/ny :soft,ro', '        10, cnfs:/gpfs/dallas/', '',
    ]);
    expect((await lsliteVerb.handler({ noderange: undefined, image: 'img', json: false }, context())).output.split('\n')[0]).toBe('        con           /etc/hosts');
    await expect(lsliteVerb.handler({ noderange: undefined, image: undefined, json: false }, context())).rejects.toMatchObject({ code: 'USAGE' });
  });
});
