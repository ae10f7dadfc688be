import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { verb } from '../../bin/rmimage.ts';
import { saveBoots } from '../../lib/db/boots.ts';
import { lsdef } from '../../lib/db/lsdef.ts';
import { withDatabase } from '../../lib/db/open.ts';
import type { System } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); }, 60_000);
afterAll(() => server.close());

let root = '';
let system: System;
let printed: string[] = [];

const NAME = 'debian12-x86_64-compute';
const directory = (...parts: string[]): string => join(root, 'install/netboot/debian12/x86_64/compute', ...parts);
const write = (table: string, row: Row): Promise<void> => withDatabase(system, (database) => database.write((writer) => writer.upsert(table, row)));
const rmimage = (more: Partial<Parameters<typeof verb.handler>[0]> = {}) => {
  printed = [];
  return verb.handler({ image: NAME, force: false, old: false, xcatdef: false, 'dry-run': false, json: false, ...more }, { system, notice: () => undefined, print: (line) => { printed.push(line); }, terminal: false });
};

beforeEach(async () => {
  root = temporaryDirectory();
  system = await server.newDatabase();
  makeTree(directory(), { 'rootimg/etc/passwd': 'x', 'kernel': 'k', 'initrd-statelite.gz': 'i', 'rootimg.old/etc/passwd': 'x', 'kernel.old': 'k', 'genimage.log': '', 'plans/n01': 'p', 'overlays/1f': 'o', '.replacing': '{"keeps":true,"wanted":{}}', '.12.1700000000000.k3j.tmp': 'half', 'notes': 'mine', 'rootimg/out': `-> ${join(root, 'outside')}` });
  makeTree(join(root, 'outside'), { file: 'keep' });
  makeTree(join(root, 'tftpboot/xcat/netboot/debian12/x86_64/compute'), { 'kernel': 'k', 'initrd.gz': 'i' });
  for (const [key, value] of [['installdir', 'install'], ['tftpdir', 'tftpboot']] as const) await write('site', { key, value: join(root, value) });
  await write('osimage', { imagename: NAME, osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite' });
}, 30_000);

test('the files of an image go, a line each; what is not of an image stays, and so do the tables', async () => {
  expect(await rmimage()).toEqual({ exitCode: 0, output: '' });
  const tftp = join(root, 'tftpboot/xcat/netboot/debian12/x86_64/compute');
  expect(printed).toEqual(['.12.1700000000000.k3j.tmp', 'genimage.log', 'initrd-statelite.gz', 'kernel', 'kernel.old', 'overlays', 'plans', 'rootimg', 'rootimg.old', '.replacing'].map((name) => `Deleted ${directory(name)}`).concat([`Deleted ${tftp}/kernel`, `Deleted ${tftp}/initrd.gz`]));
  expect([readdirSync(directory()), existsSync(tftp), readFileSync(join(root, 'outside/file'), 'utf8')]).toEqual([['notes'], false, 'keep']);
  expect((await rmimage({ xcatdef: true })).output).toBe(`Removed ${NAME} from the tables.`);
  await expect(rmimage()).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
}, 60_000);

test('with --dry-run nothing goes', async () => {
  expect((await rmimage({ 'dry-run': true })).output.split('\n')).toHaveLength(12);
  expect(existsSync(directory('rootimg/etc/passwd'))).toBe(true);
}, 60_000);

test('an image that nodes are set to, or whose directory is another one\'s too, is refused without -f', async () => {
  await write('nodelist', { node: 'n01', groups: 'all' });
  await write('nodetype', { node: 'n01', provmethod: NAME });
  await expect(rmimage()).rejects.toMatchObject({ code: 'IMAGE_IN_USE', message: `the node n01 is set to ${NAME}` });
  await write('nodetype', { node: 'n01', provmethod: '' });
  await write('osimage', { imagename: 'other', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' });
  await expect(rmimage()).rejects.toMatchObject({ code: 'IMAGE_IN_USE', message: expect.stringContaining('other has the same directory') });
  await rmimage({ force: true });
  expect(existsSync(directory('rootimg'))).toBe(false);
}, 60_000);

test('nodes that report a status and never a boot, as those of xCAT do, are told of before the image they may run from goes; others do not count', async () => {
  const status = (node: string, text: string, time = ''): Promise<void> => write('nodelist', { node, groups: 'all', status: text, statustime: time });
  for (const node of ['n01', 'n02', 'n03']) await write('nodetype', { node, provmethod: NAME });
  await status('n01', 'booted', '01-31-2020 08:00:00');
  await status('n02', '');
  await status('n03', 'powering-off', '01-31-2020 08:00:00');
  await write('nodelist', { node: 'n04', groups: 'all', status: 'booted' });
  await expect(rmimage({ old: true })).rejects.toMatchObject({
    code: 'IMAGE_IN_USE', message: expect.stringMatching(/^n01 has a status and never reported a boot, as nodes of xCAT do: whether it runs from \S+rootimg\.old, which would be deleted now, cannot be known$/),
    hint: expect.stringMatching(/^if it has booted since \d{4}-\d\d-\d\d .*: rmimage -f --old debian12-x86_64-compute; else boot it again first$/),
  });
  expect(existsSync(directory('rootimg.old'))).toBe(true);
  await status('n01', 'booted', '01-31-2099 08:00:00');
  expect((await rmimage({ old: true, 'dry-run': true })).output).toContain(`Would delete ${directory('rootimg.old')}`);
  await status('n01', 'booted', 'yesterday');
  await withDatabase(system, (database) => saveBoots(database, [{ node: 'n01', boot: '0f0e0d0c-1111-4222-8333-000000000001', begun: 1000, heard: 2000, phases: {}, good: {}, failed: {}, parts: {}, warnings: [] }]));
  await expect(rmimage({ old: true })).rejects.toMatchObject({ message: expect.stringContaining('n01 has not booted since genimage replaced the tree it runs from') });
  await rmimage({ old: true, force: true });
  expect([existsSync(directory('rootimg.old')), existsSync(directory('rootimg'))]).toEqual([false, true]);
}, 60_000);

test('what is mounted in a root tree is never deleted: nothing is', async () => {
  makeTree(directory(), { 'rootimg/mnt/': '' });
  execFileSync('mount', ['--bind', join(root, 'outside'), directory('rootimg/mnt')]);
  try {
    await expect(rmimage()).rejects.toMatchObject({ code: 'FILE_SYSTEM', hint: `umount ${directory('rootimg/mnt')}` });
    expect([existsSync(directory('kernel')), existsSync(join(root, 'outside/file'))]).toEqual([true, true]);
  } finally {
    execFileSync('umount', [directory('rootimg/mnt')]);
  }
}, 60_000);

test('lsdef shows an image with the attributes of both its tables', async () => {
  await write('linuximage', { imagename: NAME, rootimgdir: directory() });
  expect(await lsdef(system, { type: 'osimage', names: NAME } as never)).toContain(`rootimgdir=${directory()}`);
}, 60_000);
