import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createCluster } from '../../lib/cluster/create.ts';
import type { TableData } from '../../tables/table.ts';

const TABLES: TableData = {
  site: [{ key: 'master', value: '10.0.0.1' }, { key: 'installdir', value: '/data/install' }, { key: 'domain', value: 'old', disable: '1' }],
  nodelist: [
    { node: 'n02', groups: 'rack1,compute,all' },
    { node: 'n01', groups: 'compute,rack1, all' },
    { node: 'n03' },
    { node: 'n04', groups: 'all', disable: 'yes' },
  ],
  noderes: [
    { node: 'compute', nfsserver: 'nfs-compute', netboot: 'pxe' },
    { node: 'rack1', nfsserver: 'nfs-rack1', xcatmaster: '|\\D+(\\d+)|10.0.0.($1+100)|' },
    { node: 'n02', netboot: 'grub2' },
    { node: 'all', tftpserver: 'off', disable: '1' },
  ],
  nodetype: [
    { node: 'compute', os: 'debian12', arch: 'x86_64', profile: 'compute' },
    { node: 'n02', provmethod: 'golden' },
  ],
  osimage: [
    { imagename: 'golden', groups: 'gpu,lab', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' },
    { imagename: 'debian12-x86_64-statelite-compute', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' },
    { imagename: 'nowhere' },
  ],
  linuximage: [{ imagename: 'golden', rootimgdir: '/images/golden/' }],
};
const cluster = createCluster(TABLES);

describe('who is there', () => {
  test('nodes are sorted by code unit and disabled rows are not seen', () => {
    expect(cluster.nodes).toEqual(['n01', 'n02', 'n03']);
    expect(['n01', 'n04', 'compute', 'constructor'].map((name) => cluster.isNode(name))).toEqual([true, false, false, false]);
  });

  test('groups of a node keep the order of nodelist.groups', () => {
    expect(cluster.groupsOf('n02')).toEqual(['rack1', 'compute', 'all']);
    expect(cluster.groupsOf('n01')).toEqual(['compute', 'rack1', 'all']);
    expect(cluster.groupsOf('n03')).toEqual([]);
    expect(cluster.groupsOf('nobody')).toEqual([]);
  });

  test('groups know their members', () => {
    expect(Object.fromEntries(cluster.groups)).toEqual({ compute: ['n01', 'n02'], rack1: ['n01', 'n02'], all: ['n01', 'n02'] });
  });

  test('what is handed out is frozen', () => {
    for (const value of [cluster, cluster.nodes, cluster.groupsOf('n01'), cluster.rows('noderes'), cluster.image('golden')]) expect(Object.isFrozen(value)).toBe(true);
  });
});

describe('site', () => {
  test.each([
    ['master', '10.0.0.1'], ['installdir', '/data/install'], ['tftpdir', '/tftpboot'], ['xcatdport', '3001'], ['litemechanism', 'link'],
    ['domain', undefined], ['constructor', undefined],
  ])('%s is %s', (key, value) => {
    expect(cluster.site(key)).toBe(value);
  });
});

describe('attributes', () => {
  test('the own row comes first, attribute by attribute', () => {
    expect(cluster.attribute('n02', 'noderes.netboot')).toEqual({ value: 'grub2', column: 'noderes.netboot', from: 'n02' });
    expect(cluster.attribute('n02', 'noderes.nfsserver')).toEqual({ value: 'nfs-rack1', column: 'noderes.nfsserver', from: 'rack1' });
    expect(cluster.attribute('n01', 'noderes.nfsserver')).toEqual({ value: 'nfs-compute', column: 'noderes.nfsserver', from: 'compute' });
  });

  test('a regex cell of a group is applied to the node name and named as the rule', () => {
    expect(cluster.attribute('n01', 'noderes.xcatmaster')).toEqual({
      value: '10.0.0.101', column: 'noderes.xcatmaster', from: 'rack1', rule: '|\\D+(\\d+)|10.0.0.($1+100)|',
    });
  });

  test.each(['noderes.tftpserver', 'noderes.bogus', 'bogus.column', 'nodot', 'site.master'])('%s is unset', (column) => {
    expect(cluster.attribute('n01', column)).toBeUndefined();
  });

  test('an unknown node has none', () => {
    expect(cluster.attribute('n99', 'noderes.nfsserver')).toBeUndefined();
  });

  test('the key column is the name of the node, whichever row stands for it', () => {
    expect(cluster.attribute('n01', 'noderes.node')).toEqual({ value: 'n01', column: 'noderes.node', from: 'compute' });
  });

  test('nodelist is never inherited', () => {
    const twins = createCluster({ nodelist: [{ node: 'n1', groups: 'n2' }, { node: 'n2', status: 'booted' }] });
    expect(twins.attribute('n1', 'nodelist.status')).toBeUndefined();
  });

  test('a regex result that is empty counts as unset', () => {
    const empty = createCluster({ nodelist: [{ node: 'n1', groups: 'g' }], nodepos: [{ node: 'g', room: '/.*//' }] });
    expect(empty.attribute('n1', 'nodepos.room')).toBeUndefined();
  });

  test('a broken rule names table, column and row', () => {
    const broken = createCluster({ nodelist: [{ node: 'n1', groups: 'g' }], nodepos: [{ node: 'g', room: '|n(\\d|x|' }] });
    expect(() => broken.attribute('n1', 'nodepos.room')).toThrow(/nodepos row g, column room: \|n\(\\d\|x\| cannot be used: .*group/);
  });

  test.each([
    ['nothing said', undefined, 'own'],
    ['another column', 'begin', 'own'],
    ['the column', 'begin,postscripts', 'own,a,b'],
    ['table and column with a separator', 'postscripts.postscripts:;', 'own;a;b'],
  ])('site.hierarchicalattrs, %s', (_, hierarchicalattrs, value) => {
    const joined = createCluster({
      site: hierarchicalattrs === undefined ? [] : [{ key: 'hierarchicalattrs', value: hierarchicalattrs }],
      nodelist: [{ node: 'n1', groups: 'g1,g2,g3' }],
      postscripts: [{ node: 'n1', postscripts: 'own' }, { node: 'g1', postscripts: 'a' }, { node: 'g2', postscripts: 'a' }, { node: 'g3', postscripts: 'b' }],
    });
    expect(joined.attribute('n1', 'postscripts.postscripts')?.value).toBe(value);
  });

  test('+=NEXTRECORD goes on with the next row that has a value, and no further', () => {
    const joined = createCluster({
      nodelist: [{ node: 'n1', groups: 'g1,g2,g3' }],
      postscripts: [{ node: 'n1', postscripts: 'own+=NEXTRECORD' }, { node: 'g2', postscripts: 'two' }, { node: 'g3', postscripts: 'three' }],
    });
    expect(joined.attribute('n1', 'postscripts.postscripts')).toEqual({ value: 'own,two', column: 'postscripts.postscripts', from: 'n1,g2' });
  });

  test('the first group in order that sets the attribute wins', () => {
    const names = fc.constantFrom('g1', 'g2', 'g3', 'g4', 'g5');
    fc.assert(fc.property(fc.uniqueArray(names), fc.uniqueArray(names), fc.option(fc.constant('own'), { nil: undefined }), (order, setters, own) => {
      const some = createCluster({
        nodelist: [{ node: 'n1', groups: order.join(',') }],
        nodepos: [...setters.map((node) => ({ node, room: `room-${node}` })), ...(own === undefined ? [] : [{ node: 'n1', room: own }])],
      });
      const winner = order.find((group) => setters.includes(group));
      expect(some.attribute('n1', 'nodepos.room')?.value).toBe(own ?? (winner && `room-${winner}`));
    }));
  });
});

describe('images', () => {
  test('an image has its linuximage row, groups and directory', () => {
    expect(cluster.image('golden')).toMatchObject({ name: 'golden', os: 'debian12', groups: ['gpu', 'lab'], directory: '/images/golden' });
    expect(cluster.image('debian12-x86_64-statelite-compute')?.directory).toBe('/data/install/netboot/debian12/x86_64/compute');
    expect(cluster.image('bogus')).toBeUndefined();
  });

  test('an image whose directory cannot be known is refused', () => {
    expect(() => cluster.image('nowhere')).toThrow('osimage row imagename=nowhere: its directory is not known');
  });

  test('a node boots the image of provmethod, else the one of os, arch and profile', () => {
    expect(cluster.imageOf('n02').name).toBe('golden');
    expect(cluster.imageOf('n01').name).toBe('debian12-x86_64-statelite-compute');
  });

  test('without a statelite name the plain one is taken, whatever generic provmethod says', () => {
    for (const provmethod of ['', 'statelite', 'netboot', 'install']) {
      const plain = createCluster({
        nodelist: [{ node: 'n1' }],
        nodetype: [{ node: 'n1', os: 'rocky9', arch: 'x86_64', profile: 'all', provmethod }],
        osimage: [{ imagename: 'rocky9-x86_64-all', osvers: 'rocky9', osarch: 'x86_64', profile: 'all' }],
      });
      expect(plain.imageOf('n1').name).toBe('rocky9-x86_64-all');
    }
  });

  test.each([
    ['n99', {}, 'NODE_UNKNOWN', 'n99 is not in nodelist'],
    ['n1', {}, 'NODE_INCOMPLETE', 'n1 does not have os, arch, or profile defined in nodetype table: os, arch, profile unset for the node and its groups'],
    ['n1', { os: 'rocky9', profile: 'x' }, 'NODE_INCOMPLETE', 'n1 does not have os, arch, or profile defined in nodetype table: arch unset for the node and its groups'],
    ['n1', { os: 'a', arch: 'b', profile: 'c' }, 'IMAGE_UNKNOWN', 'n1: neither a-b-statelite-c nor a-b-c is in the osimage table (from nodetype os, arch, profile)'],
    ['n1', { provmethod: 'gone' }, 'IMAGE_UNKNOWN', 'n1: the image gone (nodetype row g, column provmethod) is not in the osimage table'],
  ])('%s with nodetype %j: %s', (node, nodetype, code, message) => {
    const poor = createCluster({ nodelist: [{ node: 'n1', groups: 'g' }], nodetype: [{ node: 'g', ...nodetype }] });
    expect(() => poor.imageOf(node)).toThrow(expect.objectContaining({ code, message }));
  });
});

test('10,000 nodes in 200 groups: every node answers ten columns', () => {
  const rows = Array.from({ length: 10_000 }, (_, n) => ({ node: `n${n}`, groups: Array.from({ length: 5 }, (_, g) => `g${(n + g * 37) % 200}`).join(',') }));
  const large = createCluster({
    nodelist: rows,
    noderes: Array.from({ length: 200 }, (_, g) => ({ node: `g${g}`, nfsserver: `s${g}`, xcatmaster: '|\\D+(\\d+)|10.0.($1/250).($1%250+1)|' })),
    nodetype: [{ node: 'g0', os: 'debian12' }, ...rows.map(({ node }) => ({ node, provmethod: 'golden' }))],
    osimage: [{ imagename: 'golden' }],
    linuximage: [{ imagename: 'golden', rootimgdir: '/g' }],
  });
  let cells = 0;
  for (const node of large.nodes) {
    for (const column of ['noderes.nfsserver', 'noderes.xcatmaster', 'nodetype.os', 'nodetype.arch', 'nodepos.room']) cells += large.attribute(node, column) === undefined ? 0 : 1;
  }
  expect(cells).toBe(10_000 * 2 + 250);
  expect(new Set(large.nodes.map((node) => large.imageOf(node))).size).toBe(1);
  expect(large.groups.get('g0')).toHaveLength(250);
});
