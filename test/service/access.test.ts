import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { compileAccess, type Decision } from '../../lib/service/access.ts';
import type { Row } from '../../tables/table.ts';

const request = { node: 'n01', address: '10.0.0.1' };
const ask = (policy: readonly Row[], ...commands: string[]): Decision =>
  compileAccess(createCluster({ nodelist: [{ node: 'n01', groups: 'compute' }, { node: 'n02' }], policy }))(request, ...commands);

describe('the policy table', () => {
  test('the first row that fits decides, in numeric order of priority', () => {
    const rows = [{ priority: '10', rule: 'allow' }, { priority: '9.5', commands: 'litefile', rule: 'deny' }];
    expect(ask(rows, 'litefile')).toEqual({ allowed: false, reason: 'policy row priority=9.5 refuses litefile' });
    expect(ask(rows, 'litetree')).toEqual({ allowed: true, reason: 'policy row priority=10 allows litetree' });
  });
  test('no row means no', () => {
    expect(ask([], 'litefile')).toEqual({ allowed: false, reason: 'no policy row allows litefile' });
    expect(ask([{ priority: '1', commands: 'litetree', rule: 'allow' }], 'litefile').allowed).toBe(false);
  });
  test('the rows xCAT ships let a node have its plan; one of the two is not enough', () => {
    const shipped = [{ priority: '1', name: 'root', rule: 'allow' }, { priority: '4.7', commands: 'litefile', rule: 'allow' }, { priority: '4.8', commands: 'litetree', rule: 'allow' }];
    expect(ask(shipped, 'litefile', 'litetree').allowed).toBe(true);
    expect(ask(shipped.slice(0, 2), 'litefile', 'litetree')).toEqual({ allowed: false, reason: 'no policy row allows litetree' });
  });
  test('a row for users, any user included, is never about a node', () => {
    for (const name of ['root', '*', 'n01']) expect(ask([{ priority: '1', name, rule: 'allow' }], 'litefile').allowed).toBe(false);
  });
  test('allow and trusted in any case mean yes, everything else and nothing mean no', () => {
    for (const rule of ['allow', 'Trusted']) expect(ask([{ priority: '1', rule }], 'litefile').allowed).toBe(true);
    for (const rule of ['deny', 'allowed', 'yes']) expect(ask([{ priority: '1', rule }], 'litefile').allowed).toBe(false);
    expect(ask([{ priority: '1' }], 'litefile').allowed).toBe(false);
  });
  test('host is the name or address of the node; commands is a list; * means any', () => {
    expect(ask([{ priority: '1', host: 'n01', commands: 'x, litefile', rule: 'allow' }], 'litefile').allowed).toBe(true);
    expect(ask([{ priority: '1', host: '10.0.0.1', commands: '*', rule: 'allow' }], 'litefile').allowed).toBe(true);
    expect(ask([{ priority: '1', host: 'n02', rule: 'allow' }], 'litefile').allowed).toBe(false);
  });
  test('noderange holds the asking node, and a disabled row is not there', () => {
    expect(ask([{ priority: '1', noderange: 'compute', rule: 'allow' }], 'litefile').allowed).toBe(true);
    expect(ask([{ priority: '1', noderange: 'n02', rule: 'allow' }], 'litefile').allowed).toBe(false);
    expect(ask([{ priority: '1', rule: 'allow', disable: 'yes' }], 'litefile').allowed).toBe(false);
  });
  test('parameters is a pattern for the arguments', () => {
    const access = compileAccess(createCluster({ nodelist: [{ node: 'n01' }], policy: [{ priority: '1', parameters: '^stat$', rule: 'allow' }] }));
    expect(access({ ...request, parameters: ['stat'] }, 'nodeset').allowed).toBe(true);
    expect(access(request, 'nodeset').allowed).toBe(false);
  });
  test('a row that cannot be read refuses and is named, it is not skipped', () => {
    const rows = [{ priority: '1', noderange: 'nosuchgroup', rule: 'deny' }, { priority: '2', rule: 'allow' }];
    expect(ask(rows, 'litefile').allowed).toBe(false);
    expect(ask(rows, 'litefile').reason).toMatch(/^policy row priority=1 cannot be read: .*nosuchgroup/);
    expect(ask([{ priority: '1', parameters: '(', rule: 'deny' }, { priority: '2', rule: 'allow' }], 'litefile').allowed).toBe(false);
  });
});
