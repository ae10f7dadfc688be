import { describe, expect, test } from '@jest/globals';
import { storeOf } from '../../lib/plan/store.ts';
import { planCluster } from '../helpers/plans.ts';

const store = (node: string, ...rows: readonly Record<string, string>[]) => storeOf(planCluster({ statelite: rows, nodepos: [{ node: 'n01', rack: 'r7' }] }), node);

describe('where a node\'s persistent files live', () => {
  test('its own row says, else the first of its groups that has one', () => {
    const rows = [{ node: 'all', statemnt: 'srv:/all' }, { node: 'compute', statemnt: 'srv:/compute', mntopts: 'hard,nfsvers=4.2' }, { node: 'n02', statemnt: 'srv:/own' }];
    expect(store('n01', ...rows)).toEqual({ server: 'srv', directory: '/compute', options: 'hard,nfsvers=4.2' });
    expect(store('n02', ...rows)).toEqual({ server: 'srv', directory: '/own', options: '' });
  });

  test('nothing is said when no row is about the node, or the row is disabled', () => {
    expect([store('n01', { node: 'n09', statemnt: 'srv:/x' }), store('n01', { node: 'n01', statemnt: 'srv:/x', disable: '1' })]).toEqual([undefined, undefined]);
  });

  test('the image column means nothing, as in xCAT', () => {
    expect(store('n01', { node: 'n01', image: 'another', statemnt: 'srv:/x' })?.directory).toBe('/x');
  });

  test('variables and regular expressions are filled in for the node', () => {
    expect(store('n01', { node: 'all', statemnt: 'srv:/state/$nodepos.rack' })?.directory).toBe('/state/r7');
    expect(store('n01', { node: 'all', statemnt: '|n0*(\\d+)|srv($1):/state|' })?.server).toBe('srv1');
  });

  test.each([['srv:/state//', 'srv', '/state'], ['srv:/', 'srv', '/'], ['[fe80::1]:/state', '[fe80::1]', '/state'], ['10.0.0.1:/a b', '10.0.0.1', '/a b']])('%s is read as server and directory', (statemnt, server, directory) => {
    expect(store('n01', { node: 'n01', statemnt })).toEqual({ server, directory, options: '' });
  });

  test.each(['/state', 'srv:state', 'srv', ':/state', 'my srv:/state', 'srv:/a/../b', 'srv:/a\nb'])('%j is refused with the row and what is wanted', (statemnt) => {
    expect(() => store('n01', { node: 'compute', statemnt })).toThrow(`statelite row node=compute: the store of n01 is ${JSON.stringify(statemnt)}, wanted server:/directory`);
  });
});
