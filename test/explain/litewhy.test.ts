import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { StateliteError } from '../../lib/errors.ts';
import { litewhy } from '../../lib/explain/litewhy.ts';
import { tracePath } from '../../lib/explain/trace.ts';
import type { Why } from '../../lib/explain/why.ts';
import { createFiles } from '../../lib/system/files.ts';
import { createSystem } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { lite, type Rows } from '../helpers/liting.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

const TREE = {
  'etc/motd': 'image', 'etc/hosts': 'image', 'etc/mtab': '-> ../proc/mounts', 'etc/link': '-> motd', 'var/log/x': 'image', 'var/run': '-> /run', 'srv/a': 'image', 'opt/t/etc/motd': 'in the image', 'loop': '-> loop',
};
const ROWS: Rows = ['/etc/motd', '/etc/hosts con', '/var/', '/var/lib/', '/var/log/ persistent', '/var/run/', '/srv/ ro', '/etc/ntp.conf ro'];

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory();
  makeTree(join(directory, 'rootimg'), TREE);
  lite(join(directory, 'rootimg'), ROWS);
});

type Tables = Readonly<Record<string, readonly Row[]>>;
const litefile = (rows: Rows): Tables => ({ litefile: rows.map((text) => ({ image: 'ALL', file: text.split(' ')[0] ?? '', options: text.split(' ')[1] ?? '' })) });
const site = (tables: Tables = {}) => createCluster({
  site: [{ key: 'master', value: '10.9.9.9' }],
  nodelist: [{ node: 'n01', groups: 'compute,all' }],
  nodetype: [{ node: 'all', provmethod: 'image' }],
  nodepos: [{ node: 'compute', room: 'ny' }],
  osimage: [{ imagename: 'image', groups: 'lab' }],
  linuximage: [{ imagename: 'image', rootimgdir: directory }],
  statelite: [{ node: 'all', statemnt: '10.9.9.9:/state' }],
  ...litefile(ROWS), ...tables,
});
const trace = (path: string, tables: Tables = {}): Why => tracePath({ files: createFiles(), env: {} }, site(tables), 'n01', path);
const tell = (path: string, tables: Tables = {}): string =>
  litewhy({ system: createSystem(), notice: () => undefined, print: () => undefined, terminal: false }, site(tables), { node: 'n01', path, json: false }).output;

describe('which row decides', () => {
  test('is the most specific one; every other says why it lost', () => {
    const rows = [
      { image: 'image', file: '/etc/motd', options: 'persistent' }, { image: 'lab', file: '/etc/motd', options: 'ro' }, { image: '', file: '/etc/motd' }, { image: 'other', file: '/etc/motd' },
      { image: 'ALL', file: '/etc/', options: 'link' }, { image: 'ALL', file: '/etc/motd', options: 'con', disable: '1' }, { image: 'ALL', file: '/var/' },
    ];
    const { row, candidates } = trace('/etc/motd', { litefile: rows });
    expect(row).toMatchObject({ path: '/etc/motd', written: 'persistent', storage: 'persistent', mechanism: 'link', isOwn: true, parents: ['/etc'], parent: '/etc', covered: false });
    expect(candidates.map(({ row: name, wins, level, reason }) => [name, wins, level, reason])).toEqual([
      ['litefile row image=image file=/etc/motd', true, 'image', 'it is for the path itself'],
      ['litefile row image=lab file=/etc/motd', false, 'group', 'image=image is more specific for image'],
      ['litefile row image= file=/etc/motd', false, 'all', 'image=image is more specific for image'],
      ['litefile row image=other file=/etc/motd', false, undefined, 'it is for other, which is neither image nor one of its groups'],
      ['litefile row image=ALL file=/etc/', false, 'all', '/etc/motd is nearer to the path'],
      ['litefile row image=ALL file=/etc/motd', false, 'all', 'it is disabled'],
    ]);
  });

  test('is for a path below a directory row that directory', () => {
    const { row, candidates, sees } = trace('/var/log/deep/file');
    expect(row).toMatchObject({ path: '/var/log', isOwn: false, parents: ['/var'] });
    expect(candidates.map(({ wins, reason }) => [wins, reason])).toEqual([[false, '/var/log is nearer to the path'], [true, 'it is the nearest directory above with a row']]);
    expect(sees).toEqual({ writable: true, kept: true, where: '/.statelite/persistent/n01/var/log/deep/file', text: 'writable, kept over a reboot in 10.9.9.9:/state/n01/var/log/deep/file' });
  });

  test('is found through symlinks of the image, and none is needed where it is volatile', () => {
    expect(trace('/etc/link')).toMatchObject({ place: { real: '/etc/motd', type: 'file', symlinks: [{ path: '/etc/link', leadsTo: '/etc/motd' }] }, row: { path: '/etc/motd' } });
    const { place, row, candidates, sees, suggestion } = trace('/var/run/x.pid');
    expect([place.real, place.volatile, row, suggestion, sees.writable]).toEqual(['/run/x.pid', 'it leads to /run/x.pid', undefined, undefined, true]);
    expect(candidates.find(({ row: name }) => name.endsWith('/var/run/'))?.reason).toBe('it is skipped: it leads to /run, which is volatile already');
    expect(trace('/loop/x').place.problem).toMatch(/leads round in a loop/);
  });

  test('is none: the path is read-only, and the row that would change it is named', () => {
    expect(trace('/opt/t')).toMatchObject({ candidates: [], from: 'the image', sees: { writable: false, where: '/opt/t' }, suggestion: 'chtab image=image file=/opt/t/ litefile.options=' });
    expect(trace("/etc/it's")).toMatchObject({ place: { type: 'missing' }, suggestion: "chtab image=image 'file=/etc/it'\\''s' litefile.options=" });
  });

  test('rows that cannot be used are told with all that liteimg and nodeset would refuse', () => {
    const { candidates, problems, from } = trace('/etc/motd', { ...litefile(['/etc/motd nonsense', '/etc/hosts persistent', '/etc/motd con']), statelite: [] });
    expect(candidates.map(({ wins }) => wins)).toEqual([false, true]);
    expect(from).toBe('the image');
    expect(problems).toEqual([expect.stringContaining('"nonsense" cannot be used'), expect.stringContaining('/etc/hosts is persistent, but no statelite row')]);
    expect(trace('/etc/motd', litefile(['/etc/motd ro', '/etc/motd con'])).candidates.map(({ wins, reason }) => [wins, reason])).toEqual([
      [true, 'it is for the path itself'], [false, 'the path is listed twice for all images, see the problems'],
    ]);
  });
});

describe('where the content comes from', () => {
  const litetree = (...directories: readonly string[]): Tables => ({ litetree: directories.map((one, index) => ({ priority: String(index + 1), directory: one })) });
  const trees = (): string => {
    const place = join(directory, 'trees');
    makeTree(place, { 'ny/etc/motd': 'x', 'ny/var/lib/a': '', 'n01/var/lib/b': '', 'n01/etc/hosts/': '', 'n01/srv/': '', 'bad/': '' });
    if (!existsSync(join(place, 'bad/etc'))) symlinkSync('/etc', join(place, 'bad/etc'));
    return `10.9.9.9:${place}`;
  };

  test('is the first directory that has the file; variables say which row they are from', () => {
    const at = trees();
    const { from, trees: searched } = trace('/etc/motd', litetree(`${at}/$node`, `${at}/$nodepos.room`));
    expect(from).toBe('litetree 2');
    expect(searched.map(({ found, variables }) => [found, variables])).toEqual([
      ['missing', [{ written: '$node', value: 'n01', from: 'the name of the node' }]],
      ['there', [{ written: '$nodepos.room', value: 'ny', from: 'nodepos row node=compute' }]],
    ]);
    expect(searched[1]?.expanded).toBe(`${at}/ny`);
  });

  test('is not known when another machine is asked first', () => {
    expect(trace('/etc/motd', litetree('far:/t', `${trees()}/ny`))).toMatchObject({
      from: 'litetree 1 if it is there, else litetree 2', trees: [{ found: 'unseen', note: 'not visible from here: far is another machine' }, { found: 'there' }],
    });
  });

  test('is not known when a directory cannot be read', () => {
    const denied = (): never => { throw new StateliteError('FILE_SYSTEM', 'lstat: EACCES'); };
    const files = createFiles();
    const at = trees();
    const { from, trees: searched } = tracePath({ files: { ...files, look: (path) => path.includes('/trees/') ? denied() : files.look(path) }, env: {} }, site(litetree(`${at}/ny`)), 'n01', '/etc/motd');
    expect([from, searched[0]?.note]).toEqual(['litetree 1 if it is there, else the image', 'not visible from here: it cannot be read, try as root']);
  });

  test('is the image when no directory has it, and an empty file when the image has none either', () => {
    expect(trace('/etc/motd', litetree(`${trees()}/none`))).toMatchObject({ from: 'the image', trees: [{ found: 'missing', note: expect.stringContaining('there is no directory') as unknown }] });
    expect(trace('/etc/ntp.conf')).toMatchObject({ from: 'the image, where liteimg makes an empty file', sees: { writable: false, where: '/.default/etc/ntp.conf' } });
  });

  test('is merged for directories, joined for con, and for a file in a directory the first that has it', () => {
    const both = litetree(`${trees()}/n01`, `${trees()}/ny`);
    expect(trace('/var/lib', both).from).toBe('litetree 1 over litetree 2 over the image, where liteimg makes an empty directory, merged');
    expect(trace('/var/lib/a', both).from).toBe('litetree 2');
    expect(trace('/etc/hosts', litetree(`${trees()}/ny`)).from).toBe('the image');
    expect(trace('/etc/hosts', both).trees[0]).toMatchObject({ found: 'unusable', note: expect.stringMatching(/is a directory, but the row is a file: the row fails on the node$/) as unknown });
    expect(trace('/srv/a', both)).toMatchObject({ from: 'litetree 1', sees: { writable: false, where: '/.statelite/mnt/1/srv/a' } });
  });

  test('is looked for inside a directory only, and in the image for one without a server', () => {
    expect(trace('/etc/motd', litetree(`${trees()}/bad`)).trees).toMatchObject([{ found: 'missing' }]);
    expect(trace('/etc/motd', litetree('/opt/t'))).toMatchObject({ from: 'litetree 1', trees: [{ found: 'there', note: '/opt/t/etc/motd in the image' }] });
  });

  test('a directory whose variable has no value is told, with why', () => {
    const why = trace('/etc/motd', litetree('srv:/$nodepos.rack'));
    expect(why.trees).toMatchObject([{ found: 'unusable', variables: [{ written: '$nodepos.rack', from: expect.stringContaining('no nodepos row of n01 or its groups') as unknown }] }]);
    expect(why.problems).toEqual([expect.stringContaining('$nodepos.rack is unset for n01')]);
  });

  test('is the store, once it is there', () => {
    const state = join(directory, 'state');
    const statelite = { statelite: [{ node: 'all', statemnt: `10.9.9.9:${state}` }] };
    expect(trace('/var/log', statelite).from).toBe('copied to the store once, at the next boot, from the image');
    makeTree(state, { 'n01/var/log/': '' });
    expect(trace('/var/log', statelite).from).toBe('the store, where it is already: image and trees no longer count');
    expect(trace('/var/log', { statelite: [{ node: 'all', statemnt: 'far:/state' }] }).from).toMatch(/^the store; when it is not there yet, copied once from the image/);
  });
});

describe('the tree as it is', () => {
  test('is followed link by link, and liteimg is asked for when rows have changed', () => {
    expect(trace('/var/log/x')).toMatchObject({ chain: ['/var -> .statelite/tmpfs/var', '/.statelite/tmpfs/var -> ../../.default/var', '/.default/var/log/x: file'] });
    expect(trace('/var/log/x').pending).toBeUndefined();
    expect(trace('/srv/a', litefile(['/srv/', ...ROWS.filter((row) => !row.startsWith('/srv'))])).pending).toMatch(/^litefile rows changed since liteimg ran: \/srv was directory link,ro and is directory link/);
    lite(join(directory, 'rootimg'), 'original');
    expect(trace('/etc/motd')).toMatchObject({ pending: 'liteimg has not prepared the image', chain: ['/etc/motd: file'] });
    expect(trace('/loop').chain).toHaveLength(41);
  });
});

describe('litewhy', () => {
  test('tells all of it in lines', () => {
    expect(tell('/var/lib/x', { litetree: [{ priority: '1', directory: 'far:/$node', mntopts: 'soft' }] }).split('\n')).toEqual([
      'n01: /var/lib/x is writable in RAM, made anew at every boot', '  content from: litetree 1 if it is there, else nowhere: it is not in the image', '  on the node:  /.statelite/tmpfs/var/lib/x',
      'In the image image:', '    /var/lib/x: missing',
      'Litefile rows:', '    lost  litefile row image=ALL file=/var/ options= (for all images): /var/lib is nearer to the path',
      '    wins  litefile row image=ALL file=/var/lib/ options= (for all images): it is the nearest directory above with a row',
      '    "" is read as tmpfs: tmpfs, rw, by link; the row is a directory', '    it lies below /var/, whose content does all for it',
      'Searched for content, in this order, the image last:', '    1  far:/n01 :soft: not visible from here: far is another machine', '           $node = n01 (the name of the node)',
      'The tree as it is now:', '    /var -> .statelite/tmpfs/var', '    /.statelite/tmpfs/var -> ../../.default/var', '    /.default/var/lib/x: nothing is there',
    ]);
    expect(tell('/opt/t')).toContain('To do:\n    to make it writable: chtab image=image file=/opt/t/ litefile.options=');
  });

  test('refuses what is no node and what is no path', () => {
    expect(() => tracePath({ files: createFiles(), env: {} }, site(), 'n09', '/etc/motd')).toThrow('n09 is not in nodelist');
    expect(() => trace('etc/motd')).toThrow('it is not one absolute path');
  });
});

describe('a partition of a local disk', () => {
  const layout = (mountpoint: string, more: Row = {}): Row => ({ layout: 'node', label: `at${mountpoint.replaceAll('/', '-')}`, disk: 'first-empty', number: '1', fstype: 'ext4', mountpoint, ...more });
  const disks = (...rows: readonly Row[]): Tables => ({ localdisk: [{ node: 'all', layout: 'node' }], disklayout: rows.map((row, index) => ({ ...row, number: String(index + 1), ...index + 1 === rows.length ? {} : { size: '1G' } })) });

  test('is what the node sees at and below its mount point, whatever rows give there', () => {
    const tables = disks(layout('/var/log', { populate: '/var/log' }));
    for (const path of ['/var/log', '/var/log/x', '/var/log/not/there']) {
      expect(trace(path, tables)).toMatchObject({ sees: { writable: true, kept: true, where: path }, from: 'the local disk first-empty, partition 1: "at-var-log" ext4, rest, at /var/log, filled once from /var/log' });
    }
    expect(tell('/var/log/x', tables)).toMatch(/^n01: \/var\/log\/x is writable, kept over a reboot on the partition "at-var-log", mounted over \/var\/log\n/);
    expect(trace('/var/lib', tables).sees.text).toMatch(/writable in RAM/);
  });

  test('wants no litefile row, and the nearest of several counts', () => {
    const tables = disks(layout('/opt/t'), layout('/opt', { mntopts: 'ro', nofail: 'yes' }));
    expect(trace('/opt/x', tables)).toMatchObject({ sees: { writable: false, text: 'read-only, kept over a reboot on the partition "at-opt", mounted over /opt, where the node has it' } });
    expect(trace('/opt/t/etc/motd', tables).from).toMatch(/"at-opt-t"/);
    expect(trace('/opt/x', tables).suggestion).toBeUndefined();
  });
});
