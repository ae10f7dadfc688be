import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { StateliteError } from '../../lib/errors.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { nestingMatrix } from '../../lib/policy/nesting.ts';
import { writeOption } from '../../lib/policy/option.ts';
import { imageOf, planCluster, policyRows } from '../helpers/plans.ts';

const cluster = planCluster({
  litetree: [{ priority: '10', directory: 'srv:/common' }, { priority: '2', directory: 'srv:/nodes/$node', mntopts: 'soft' }, { priority: '3', image: 'other', directory: 'srv:/x' }],
  statelite: [{ node: 'compute', statemnt: 'srv:/state/' }],
});
const image = imageOf(cluster);
const compile = (...rows: readonly string[]) => compilePlan(cluster, 'n01', image, policyRows(...rows));

function problemsOf(action: () => unknown): readonly (readonly [string, string])[] {
  try {
    action();
  } catch (error) {
    if (error instanceof StateliteError) return (error.problems.length > 0 ? error.problems : [error]).map(({ code, message }) => [code, message]);
  }
  return [];
}

describe('a node\'s plan', () => {
  test('has its sources in priority order, its store, and rows sorted by path', () => {
    const { hash, ...plan } = compile('/var/', '/etc/ntp.conf con', '/var/log/ persistent');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(plan).toEqual({
      version: 1, node: 'n01', image: 'image', store: { server: 'srv', directory: '/state', options: '' },
      sources: [{ priority: '2', server: 'srv', directory: '/nodes/n01', options: 'soft' }, { priority: '10', server: 'srv', directory: '/common', options: '' }],
      rows: [
        { path: '/etc/ntp.conf', type: 'file', storage: 'tmpfs', mode: 'con', mechanism: 'link', covered: false },
        { path: '/var', type: 'directory', storage: 'tmpfs', mode: 'rw', mechanism: 'link', covered: false },
        { path: '/var/log', type: 'directory', storage: 'persistent', mode: 'rw', mechanism: 'link', parent: '/var', covered: false },
      ],
    });
  });

  test('names servers by their addresses where the hosts table has them, as a node that boots may have no name server', () => {
    const named = planCluster({ hosts: [{ node: 'cnfs', ip: '10.0.0.3', hostnames: 'nas' }], litetree: [{ priority: '1', directory: 'nas:/trees' }, { priority: '2', directory: 'elsewhere:/x' }], statelite: [{ node: 'compute', statemnt: 'cnfs:/gpfs/state' }] });
    const { store, sources } = compilePlan(named, 'n01', imageOf(named), policyRows('/etc/a'));
    expect([store?.server, ...sources.map(({ server }) => server)]).toEqual(['10.0.0.3', '10.0.0.3', 'elsewhere']);
  });

  test('is the same whatever the order of rows', () => {
    const texts = ['/etc/a', '/etc/b con', '/var/', '/var/log/', '/var/log/x persistent', '/var/lib/ ro', '/srv/ persistent', '/srv/x/ persistent', '/opt/ bind', '/opt/f bind,ro'];
    fc.assert(fc.property(fc.shuffledSubarray(texts, { minLength: 1 }), fc.nat(), (some, seed) => {
      const rows = policyRows(...some);
      const shuffled = [...rows].sort((one, two) => ((one.real.length * (seed + 7)) % 13) - ((two.real.length * (seed + 7)) % 13));
      expect(compilePlan(cluster, 'n01', image, shuffled)).toEqual(compilePlan(cluster, 'n01', image, rows));
    }));
  });

  test('cannot be changed', () => {
    const plan = compile('/var/', '/etc/a persistent');
    for (const part of [plan, plan.sources, plan.sources[0], plan.store, plan.rows, plan.rows[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  test('has a hash that stays the same for the same tables and changes with everything in the plan', () => {
    const { hash } = compile('/etc/a');
    const others = [
      compile('/etc/b'), compile('/etc/a ro'), compile('/etc/a', '/etc/b'), compile('/etc/a/'), compilePlan(cluster, 'n02', image, policyRows('/etc/a')),
      compilePlan(planCluster({ statelite: [{ node: 'compute', statemnt: 'srv:/other' }] }), 'n01', image, policyRows('/etc/a')),
      compilePlan(planCluster({ litetree: [{ priority: '1', directory: 'srv:/x' }] }), 'n01', image, policyRows('/etc/a')),
    ];
    expect(compile('/etc/a').hash).toBe(hash);
    expect(new Set([hash, ...others.map((plan) => plan.hash)]).size).toBe(others.length + 1);
  });

  test.each(nestingMatrix().filter(({ parent, child, verdict }) => verdict.allowed && ![parent.storage, child.storage].includes('localdisk')).map((cell) => [writeOption(cell.parent), writeOption(cell.child), cell] as const))(
    'a row of a directory %s is done with when the row below it is %s and both keep the same', (parent, child, cell) => {
      const [, below] = compile(`/d/ ${parent}`, `/d/x ${child}`).rows;
      expect(below?.covered).toBe(cell.parent.mode === 'rw' && cell.child.mode === 'rw' && cell.parent.storage === cell.child.storage);
    });

  test('is refused, with all that is wrong, when state has nowhere to live', () => {
    const bare = planCluster({ litetree: [{ priority: '1', directory: 'srv:/$nodepos.rack' }] });
    expect(problemsOf(() => compilePlan(bare, 'n01', image, policyRows('/etc/a persistent', '/etc/b persistent', '/srv/ localdisk')))).toEqual([
      ['VARIABLE_UNSET', expect.stringContaining('nodepos.rack')],
      ['NO_STORE', 'n01: /etc/a and 1 more are persistent, but no statelite row says where the state of n01 lives'],
      ['NO_DISK', 'n01: /srv is localdisk, but no disk layout is named for n01'],
    ]);
  });

  test('needs no store without persistent rows', () => {
    expect(compilePlan(planCluster(), 'n01', image, policyRows('/etc/a')).store).toBeUndefined();
  });
});
