import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { fixedDirectory } from '../../lib/boot/exports.ts';
import { commonPrefix, netmask } from '../../lib/boot/network.ts';
import { labLayout, missingIn } from '../../lib/lab/layout.ts';
import type { TableData } from '../../tables/table.ts';

const tables: TableData = {
  site: [{ key: 'master', value: '10.0.0.1' }],
  nodelist: [{ node: 'n01', groups: 'compute' }, { node: 'n02', groups: 'compute' }],
  hosts: [{ node: 'n01', ip: '10.0.0.11' }, { node: 'n02', ip: '10.0.1.12' }, { node: 'filer', ip: '10.0.0.8', hostnames: 'cnfs' }],
  noderes: [{ node: 'compute', nfsserver: '10.0.0.5', tftpserver: '192.168.7.7' }],
  litetree: [
    { priority: '1', directory: '$noderes.nfsserver:/syncdirs/$nodepos.room/x' },
    { priority: '2', directory: 'cnfs:/gpfs/dallas/' },
    { priority: '3', directory: '/opt/in-image' },
    { priority: '4', directory: '10.0.0.9:/off', disable: '1' },
  ],
  statelite: [{ node: 'compute', statemnt: '10.0.1.6:/gpfs/state/$node' }, { node: 'n02', statemnt: 'cnfs:/gpfs/dallas' }],
};

describe('the layout of a lab', () => {
  test('covers management node and nodes with one network and serves every address of it that the tables name', () => {
    const layout = labLayout(createCluster(tables));
    expect(layout).toMatchObject({ master: '10.0.0.1', network: '10.0.0.0', prefix: 23, installdir: '/install', tftpdir: '/tftpboot', port: 3001 });
    expect(layout.addresses).toEqual(['10.0.0.1', '10.0.0.5', '10.0.0.8', '10.0.1.6']);
  });

  test('exports what nodes mount: images and trees read-only, stores read-write, a directory that is both read-write', () => {
    expect(labLayout(createCluster(tables)).exports).toEqual([
      { path: '/gpfs/dallas', writable: true }, { path: '/gpfs/state', writable: true }, { path: '/install', writable: false }, { path: '/syncdirs', writable: false },
    ]);
  });

  test('takes the stores of a |regex| row as the nodes see them', () => {
    const regex = createCluster({ ...tables, statelite: [{ node: 'compute', statemnt: '|n0(\\d)|10.0.0.1:/state($1)|' }] });
    expect(labLayout(regex).exports.filter(({ writable }) => writable).map(({ path }) => path)).toEqual(['/state1', '/state2']);
  });

  test('is compared with a lab that is up', () => {
    const { exports, ...up } = labLayout(createCluster(tables));
    const now = labLayout(createCluster({ ...tables, noderes: [{ node: 'compute', nfsserver: '10.0.0.4' }] }));
    expect(missingIn({ ...up, exports }, { ...up, exports })).toEqual([]);
    expect(missingIn({ ...up, exports: exports.slice(1) }, now)).toEqual(['the server address 10.0.0.4', 'the export /gpfs/dallas read-write']);
    expect(missingIn({ ...now, clients: ['10.0.0.0/24'] }, now)).toEqual(['the exports for 10.0.0.0/23']);
  });

  test('is refused without an address of the management node, and for nodes in unrelated networks', () => {
    expect(() => labLayout(createCluster({ ...tables, site: [{ key: 'master', value: 'mgt' }] }))).toThrow('site row key=master has the value "mgt"');
    expect(() => labLayout(createCluster({ ...tables, hosts: [{ node: 'n01', ip: '192.168.0.2' }] }))).toThrow('share no network');
  });
});

describe('the common prefix', () => {
  test.each([
    [['10.0.0.1'], '10.0.0.0', 24],
    [['10.0.0.1', '10.0.0.200'], '10.0.0.0', 24],
    [['10.0.3.1', '10.0.4.1'], '10.0.0.0', 21],
    [['192.168.255.1', '192.169.0.1'], '192.168.0.0', 15],
    [['10.0.0.1', '200.0.0.1'], '0.0.0.0', 0],
  ])('of %p is %s/%d', (addresses, network, prefix) => {
    expect(commonPrefix(addresses)).toEqual({ network, prefix });
  });

  test('has a netmask', () => {
    expect([24, 23, 8].map(netmask)).toEqual(['255.255.255.0', '255.255.254.0', '255.0.0.0']);
  });
});

test.each([
  ['srv:/a/b/', '/a/b'], ['$noderes.nfsserver:/a/b$node/c', '/a'], ['srv:/a/$node', '/a'], ['srv:/$node', undefined], ['/install', '/install'], ['nonsense', undefined],
])('the fixed part of %s is %p', (value, directory) => {
  expect(fixedDirectory(value)).toBe(directory);
});
