import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { exportsOf } from '../../lib/boot/exports.ts';
import { liteexport } from '../../lib/boot/liteexport.ts';
import { parseExports } from '../../lib/boot/exports-file.ts';
import { wideExports } from '../../lib/boot/wide-exports.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import { createSystem } from '../../lib/system/system.ts';
import type { TableData } from '../../tables/table.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

const TABLES: TableData = {
  site: [{ key: 'master', value: '10.0.0.1' }],
  nodelist: [{ node: 'n01', groups: 'compute' }, { node: 'n02', groups: 'compute' }],
  hosts: [{ node: 'n01', ip: '10.0.0.11' }, { node: 'n02', ip: '10.0.0.12' }, { node: 'cnfs', ip: '10.0.0.2' }],
  litetree: [{ priority: '1', directory: '10.0.0.1:/syncdirs/$node' }, { priority: '2', directory: 'cnfs:/gpfs/dallas' }],
  statelite: [{ node: 'compute', statemnt: 'cnfs:/gpfs/state' }, { node: 'n02', statemnt: '10.0.0.1:/state' }],
};
const run = (more: TableData = {}, request: Partial<Parameters<typeof liteexport>[2]> = {}) => {
  const notices: string[] = [];
  const result = liteexport({ system: createSystem(), notice: (line) => { notices.push(line); }, print: () => undefined, terminal: false }, createCluster({ ...TABLES, ...more }), { ganesha: false, json: false, ...request });
  return { ...result, notices };
};

describe('liteexport', () => {
  test('gives images and trees out read-only and stores read-write, to the network of the nodes', () => {
    expect(run().output.split('\n').slice(2)).toEqual([
      '/install 10.0.0.0/24(ro,sync,no_root_squash,no_subtree_check)',
      '/state 10.0.0.0/24(rw,sync,no_root_squash,no_subtree_check)',
      '/syncdirs 10.0.0.0/24(ro,sync,no_root_squash,no_subtree_check)',
    ]);
  });

  test('of another server only what the tables have there', () => {
    expect(exportsOf(createCluster(TABLES), '10.0.0.2').filter(({ path }) => path !== '/install')).toEqual([{ path: '/gpfs/dallas', writable: false }, { path: '/gpfs/state', writable: true }]);
  });

  test('to the rows of the networks table when they hold every node', () => {
    const networks = [{ net: '10.0.0.8', mask: '255.255.255.248' }, { net: '192.168.0.0', mask: '/16' }];
    expect(run({ networks }).output).toContain('/install 10.0.0.8/29(ro');
    expect(run({ networks: networks.slice(1) }).output).toContain('/install 10.0.0.0/24(ro');
  });

  test('in the words of Ganesha', () => {
    const { output } = run({ litetree: [{ priority: '1', directory: '10.0.0.1:/odd "trees"/a' }] }, { ganesha: true });
    expect(output).toMatch(/Path = "\/odd \\"trees\\"\/a";[^}]*Access_Type = None;[^}]*}[^}]*Clients = 10\.0\.0\.0\/24;\n {4}Access_Type = RO;/);
    expect(output).toMatch(/Path = "\/state";[^}]*}[^}]*Clients = 10\.0\.0\.0\/24;\n {4}Access_Type = RW;\n {4}Squash = No_Root_Squash;/);
    expect([...output.matchAll(/Export_Id = (\d+);[^}]*Attr_Expiration_Time = 0;/g)].map(([, id]) => id)).toEqual(['6001', '6002', '6003']);
  });

  test('writes a file once', () => {
    const output = join(temporaryDirectory(), 'exports.d/statelite.exports');
    expect(run({}, { output })).toMatchObject({ output: `Wrote ${output}.`, notices: ['Now: exportfs -ra'] });
    expect(run({}, { output })).toMatchObject({ output: `Nothing to do: ${output} is as the tables say.`, notices: [] });
  });

  test('warns of a writable store around an image, and refuses when no node has an address', () => {
    expect(run({ statelite: [{ node: 'compute', statemnt: '10.0.0.1:/srv' }], litetree: [{ priority: '1', directory: '10.0.0.1:/srv/trees' }] }).notices).toEqual([expect.stringContaining('the store /srv is writable and holds /srv/trees')]);
    expect(() => run({ hosts: [] })).toThrow('no node has an address');
  });

  test('tells of a networks row that is none, and refuses a server that no table names', () => {
    expect(run({ networks: [{ net: '10.0.0.0', mask: '255.0.255.0' }, { net: '10.0.0.0', mask: '/64' }] }).notices).toEqual([expect.stringContaining('networks row net=10.0.0.0 mask=255.0.255.0 is not used'), expect.stringContaining('mask=/64 is not used')]);
    expect(run({}, { server: 'cnfs' }).output).toContain('/gpfs/state ');
    expect(() => run({}, { server: 'cnsf' })).toThrow('no table names the server cnsf; known are 10.0.0.1, cnfs');
  });

  test('keeps blanks and quotes in a path apart from the syntax of the file', () => {
    expect(run({ litetree: [{ priority: '1', directory: '10.0.0.1:/sync dirs "x"/a' }] }).output).toContain('/sync\\040dirs\\040\\042x\\042/a 10.0.0.0/24(ro');
  });
});

describe('wideExports', () => {
  const warnings = (text: string) => wideExports(parseExports('/etc/exports', text), [{ path: '/install', writable: false }, { path: '/state', writable: true }]);

  test('tells of the line of the 2010 document, and of every host by other names', () => {
    expect(warnings('# nfs\n/install *(ro,no_root_squash,sync)\n')).toEqual(["/etc/exports line 2 gives /install to every host, wanted is the nodes' network: every host can read it all"]);
    for (const line of ['/install', '/install (ro)', '"/install" 0.0.0.0/0(ro)', '/ \\\n *(ro)']) expect(warnings(line)).toHaveLength(1);
  });

  test('tells of an image that nodes can write, and not of a store', () => {
    expect(warnings('/install 10.0.0.0/24(rw,sync)\n/state 10.0.0.0/24(rw)\n/home *(rw)')).toEqual(['/etc/exports line 1 gives /install read-write, wanted is read-only: a node could change /install for all']);
  });
});
