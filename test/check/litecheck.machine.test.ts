import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verb } from '../../bin/litecheck.ts';
import type { Context } from '../../lib/command.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); }, 60_000);
afterAll(() => server.close());

test('litecheck prints findings as lines or JSON, or the rows that mend them as commands, exits with 1 for errors only, and changes nothing', async () => {
  const root = temporaryDirectory();
  const rootimg = join(root, 'netboot/debian12/x86_64/compute/rootimg');
  const system = await server.newDatabase();
  makeTree(rootimg, { 'var/log/x': 'x', 'lib/x': '' });
  await withDatabase(system, (database) => database.write(async (writer) => {
    await writer.upsert('site', { key: 'installdir', value: root });
    for (const [imagename = '', provmethod = ''] of [['img', 'statelite'], ['gone', 'statelite'], ['net', 'netboot']]) await writer.upsert('osimage', { imagename, osvers: imagename === 'img' ? 'debian12' : 'none', osarch: 'x86_64', profile: 'compute', provmethod });
    await writer.replace('litefile', [{ image: 'img', file: '/lib/' }, { image: 'ALL', file: '/lib/x' }, { image: 'other', file: '/y' }]);
  }));
  const notices: string[] = [];
  const context: Context = { system, notice: (line) => { notices.push(line); }, print: () => undefined, terminal: false };
  const litecheck = (more: Partial<Parameters<typeof verb.handler>[0]> = {}) => verb.handler({ image: undefined, fix: false, json: false, ...more }, context);

  const before = snapshotTree(root);
  expect(await litecheck()).toEqual({ exitCode: 1, output: [
    'SL005 warning: litefile row image=other file=/y: no osimage row has the name or group other, so the row is for no image', '    fix: name an image, one of its groups, or ALL; or remove the row',
    'SL020 warning: gone: there is no root tree at ROOT/netboot/none/x86_64/compute/rootimg; its rows were not checked'.replace('ROOT', root), '    fix: genimage gone, or rmdef -t osimage gone',
    'SL006 warning: img: litefile row image=ALL file=/lib/x: litefile row image=img file=/lib/ is link as well and holds /lib/x', '    fix: remove the row',
    'SL015 error: img: any program must write to /var/log/, and no row makes it writable', '    fix: chtab image=img file=/var/log/ litefile.options=   (in RAM; with persistent it is kept over a reboot)',
    '1 error, 3 warnings, 0 notices',
  ].join('\n') });
  expect(JSON.parse((await litecheck({ image: 'img', json: true })).output)).toEqual([
    expect.objectContaining({ code: 'SL006', severity: 'warning', image: 'img', row: 'litefile row image=ALL file=/lib/x', fix: 'remove the row' }),
    expect.objectContaining({ code: 'SL015', severity: 'error', proposal: { image: 'img', file: '/var/log/', options: '' } }),
  ]);
  expect(await litecheck({ image: 'img', fix: true })).toEqual({ exitCode: 1, output: 'chtab image=img file=/var/log/ litefile.options=' });
  expect(notices).toEqual(['1 error, 1 warning, 0 notices; 1 can be mended by a row, 1 must be looked at: litecheck tells them']);
  await expect(litecheck({ image: 'nope' })).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  expect(snapshotTree(root)).toEqual(before);

  await withDatabase(system, (database) => database.write((writer) => writer.upsert('litefile', { image: 'img', file: '/var/log/' })));
  expect((await litecheck({ image: 'img' })).exitCode).toBe(0);
}, 60_000);
