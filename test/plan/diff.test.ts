import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { BootPlan } from '../../lib/plan/boot-plan.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { describeChange, diffPlans, shareChanges } from '../../lib/plan/diff.ts';
import { generalText, groupPlans } from '../../lib/plan/general.ts';
import { createPlanReader } from '../../lib/plan/parse.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import type { Row } from '../../tables/table.ts';
import { imageOf, planCluster, policyRows } from '../helpers/plans.ts';

const STORE: Row = { node: 'all', statemnt: 'srv:/state' };
const plan = (rows: readonly string[], { node = 'n01', trees = [] as readonly string[], store = STORE } = {}): BootPlan => {
  const cluster = planCluster({ statelite: [store], litetree: trees.map((directory, index) => ({ priority: String(index + 1), directory })) });
  return compilePlan(cluster, node, imageOf(cluster), policyRows(...rows));
};
const texts = (before: BootPlan, after: BootPlan): readonly string[] => diffPlans(before, after).map(describeChange);

describe('what differs in two plans', () => {
  test('is nothing for the same plan, also when one was read back', () => {
    const one = plan(['/etc/a', '/var/ persistent', '/srv/ bind', '/srv/x bind'], { trees: ['srv:/a//b/', '/opt'] });
    expect(texts(one, createPlanReader()(renderPlan(one), 'plan'))).toEqual([]);
  });

  test('is said for each row, source and the store, old and new', () => {
    const before = plan(['/etc/motd', '/etc/gone', '/var/', '/var/x'], { trees: ['srv:/a', 'srv:/b'] });
    const after = plan(['/etc/motd persistent', '/srv/ bind', '/var/', '/var/x persistent'], { trees: ['srv:/a', 'srv:/c', 'srv:/d'], store: { ...STORE, mntopts: 'hard' } });
    expect(texts(before, after)).toEqual([
      'store srv:/state -> srv:/state :hard', 'litetree 2 srv:/b -> srv:/c', 'litetree 3 none -> srv:/d', '/etc/gone tmpfs -> none', '/etc/motd tmpfs -> persistent',
      '/var/x tmpfs (done by its parent) -> persistent', '/srv none -> bind,tmpfs directory',
    ]);
  });

  test('is never nothing when the nodes would read another plan', () => {
    const some = fc.subarray(['/etc/a', '/etc/b con', '/var/', '/var/x', '/var/y persistent', '/srv/ bind', '/opt/ overlay', '/opt/f bind']);
    fc.assert(fc.property(some, some, (one, two) => {
      const [before, after] = [plan(one), plan(two)];
      expect(diffPlans(before, after).length > 0).toBe(renderPlan(before) !== renderPlan(after));
    }));
  });

  test('is said for init scripts that the table has another word on', () => {
    const saying = (scripts: string): BootPlan => compilePlan(planCluster({ overlays: [{ node: 'n01', scripts }] }), 'n01', imageOf(planCluster()), []);
    expect(texts(saying('70-a=must,80-b=warn'), saying('70-a=must:60'))).toEqual(['init script 70-a must -> must, ended after 60 s', 'init script 80-b warn -> none']);
  });

  test('is the hash when nothing else tells the plans apart', () => {
    expect(texts({ ...plan(['/etc/a']), hash: 'a' }, { ...plan(['/etc/a']), hash: 'b' })).toEqual(['hash a -> b']);
  });

  test('is said once for all nodes with the same change, and for one node with its own name', () => {
    const deltas = ['n01', 'n02'].map((node) => ({ node, changes: diffPlans(plan(['/etc/a'], { node }), plan(['/etc/a', '/etc/b'], { node, trees: ['srv:/x/$node/y'] })) }));
    expect(shareChanges(deltas).map(({ nodes, ...change }) => `${nodes.join(',')}: ${describeChange(change)}`)).toEqual([
      'n01,n02: litetree 1 none -> srv:/x/$node/y', 'n01,n02: /etc/b none -> tmpfs',
    ]);
    expect(shareChanges(deltas.slice(0, 1)).map(describeChange)).toEqual(['litetree 1 none -> srv:/x/n01/y', '/etc/b none -> tmpfs']);
  });
});

describe('nodes with equal plans', () => {
  test('stand together, with $node where only their names differ', () => {
    const groups = groupPlans([plan(['/etc/a'], { trees: ['srv:/x/$node'] }), plan(['/etc/a'], { node: 'n02', trees: ['srv:/x/$node'] }), plan(['/etc/b'], { node: 'n02' })]);
    expect(groups.map(({ hashes, sources, rows }) => [[...hashes.keys()], sources.map(({ directory }) => directory), rows.map((row) => row.path)])).toEqual([
      [['n01', 'n02'], ['/x/$node'], ['/etc/a']], [['n02'], [], ['/etc/b']],
    ]);
    expect(groupPlans([plan([], { trees: ['n01:/x'] })])[0]?.sources).toEqual([{ priority: '1', server: 'n01', directory: '/x', options: '' }]);
  });

  test.each([['/x/n01/y', '/x/$node/y'], ['/x/n011', '/x/n011'], ['n01-ib:/n01.d', '$node-ib:/$node.d'], ['/x/an01_', '/x/an01_'], ['/a', '/a']])('%s is %s for n01', (text, general) => {
    expect(generalText('n01', text)).toBe(general);
  });

  test('a name is no pattern', () => {
    expect([generalText('a.b', '/axb/a.b'), generalText('a$&', '/a$&/x')]).toEqual(['/axb/$node', '/$node/x']);
  });
});
