import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { xcatDifferences } from '../../lib/check/xcat-differences.ts';
import type { Row } from '../../tables/table.ts';

const osimage = [
  { imagename: 'one', groups: 'blue', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' },
  { imagename: 'two', groups: 'blue,red', osvers: 'debian12', osarch: 'x86_64', profile: 'login' },
];
const quiet = { litefile: [{ image: 'ALL', file: '/etc/motd', options: 'link' }] };

/** Rows with a difference, each with a word of what xCAT does. */
const rowsOf = (tables: Readonly<Record<string, readonly Row[]>>): readonly string[] =>
  xcatDifferences(createCluster({ osimage, ...tables })).filter(({ row }) => row !== 'litefile').map(({ row, xcat }) => `${row}: ${xcat}`);

describe('tables that came from xCAT', () => {
  test('that mean the same here are not told', () => {
    expect(rowsOf(quiet)).toEqual([]);
  });

  test('are told where an option means something else', () => {
    expect(rowsOf({ litefile: [{ image: 'ALL', file: '/a', options: 'tempfs' }, { image: 'ALL', file: '/b' }, { image: 'ALL', file: '/c', options: 'persistent' }, { image: 'ALL', file: '/d', options: 'link,con' }] })).toEqual([
      expect.stringMatching(/file=\/a: liteimg refuses tempfs/), expect.stringMatching(/file=\/a: tempfs is a bind mount/), expect.stringMatching(/file=\/c: persistent is a bind mount/), expect.stringMatching(/file=\/d: the file stays read-only/),
    ]);
    expect(rowsOf({ site: [{ key: 'litemechanism', value: 'bind' }], litefile: [{ image: 'ALL', file: '/c', options: 'persistent' }] })).toEqual([]);
  });

  test('are told where a row of an image group wins or applies', () => {
    expect(rowsOf({ litefile: [{ image: 'ALL', file: '/a', options: 'link' }, { image: 'blue', file: '/a', options: 'link,ro' }] })).toEqual([
      expect.stringMatching(/image=blue file=\/a: litefile row image=ALL file=\/a wins/), expect.stringMatching(/image=blue file=\/a: it is not for two,/),
    ]);
  });

  test('are told where directories of several trees come in another order', () => {
    const litetree = [{ priority: '1', directory: 's:/one' }, { priority: '2', directory: 's:/two' }];
    const [difference] = xcatDifferences(createCluster({ osimage, litetree, litefile: [{ image: 'ALL', file: '/etc/', options: 'link' }] }));
    expect(difference).toMatchObject({ xcat: expect.stringContaining('largest priority number wins'), here: expect.stringContaining('smallest priority number wins'), fix: expect.stringContaining('1, 2') });
  });

  test('are told where a tree was not found, ignored its options, ran a command, or had UNDEFINED in its path', () => {
    const nodelist = [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }];
    const found = rowsOf({ nodelist, nodepos: [{ node: 'n01', room: 'ny' }], litetree: [
      { priority: '1', directory: '/local' }, { priority: '2', directory: 's:/a', mntopts: 'soft' }, { priority: '3', directory: 's:/#CMD=hostname#/a' },
      { priority: '4', directory: 's:/$nodepos.room' }, { priority: '5', directory: 's:/$node-x' },
    ] });
    expect(found).toEqual([
      expect.stringMatching(/priority=1: a directory without a server/), expect.stringMatching(/priority=2: mntopts is ignored/), expect.stringMatching(/priority=3: #CMD is run/),
      'litetree row priority=4: the directory of n02 has UNDEFINED in it', expect.stringMatching(/priority=5: at \$node- a name goes on/),
    ]);
  });

  test('are told where persistent files would lie in RAM', () => {
    const nodelist = [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }];
    const tables = { nodelist, nodetype: [{ node: 'all', provmethod: 'one' }], litefile: [{ image: 'ALL', file: '/a', options: 'link,persistent' }] };
    expect(rowsOf({ ...tables, statelite: [{ node: 'n02', statemnt: 's:/state' }] })).toEqual(['statelite, no row for n01: persistent files of these nodes lie in RAM and are lost at a reboot']);
    expect(rowsOf({ ...tables, statelite: [{ node: 'all', statemnt: 's:/state' }] })).toEqual([]);
  });

  test('are told where a rule is more than arithmetic, or an image is for RAM', () => {
    expect(rowsOf({ ...quiet, hosts: [{ node: 'rack', ip: '|(\\D)(\\d+)|10.0.(a2idx($1)).($2+0)|' }, { node: 'odd', ip: '|n(\\d+)|10.0.0.($1 ? 1 : 2)|' }, { node: 'blade', ip: '|\\D+(\\d+)|10.0.0.($1+0)|' }] })).toEqual(['hosts row node=odd: ip is evaluated by Perl']);
    expect(rowsOf({ ...quiet, osimage: [{ imagename: 'ram', rootfstype: 'ramdisk', osvers: 'a', osarch: 'b', profile: 'c' }] })).toEqual([expect.stringMatching(/imagename=ram: the whole root is packed/)]);
  });

  test('are told once that /etc/mtab is no longer added', () => {
    expect(xcatDifferences(createCluster(quiet)).map(({ here }) => here)).toEqual(['only what is listed is done']);
    expect(rowsOf({ litefile: [{ image: 'ALL', file: '/etc/mtab', options: 'link' }] })).toEqual([expect.stringMatching(/file=\/etc\/mtab: it is a link into RAM/)]);
  });
});
