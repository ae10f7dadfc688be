import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compilePlan } from '../../lib/plan/compile.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { imageOf, planCluster, policyRows } from '../helpers/plans.ts';

const cluster = planCluster({
  litetree: [{ priority: '1', directory: 'srv:/trees/n 1', mntopts: 'soft, timeo=50' }, { priority: '2', directory: '/opt/tree' }],
  statelite: [{ node: 'n01', statemnt: 'srv:/state', mntopts: 'hard' }],
});
const image = imageOf(cluster);

describe('a plan as the node reads it', () => {
  test('has words first, paths last and closed, and its number of lines at the end', () => {
    const plan = compilePlan(cluster, 'n01', image, policyRows('/etc/a con', '/var/', '/var/log/ persistent', '/var/x', '/srv/a b/ overlay'));
    expect(renderPlan(plan)).toBe([
      'statelite-plan 1', 'node n01', 'image image', `hash ${plan.hash}`, 'store srv hard /state/', 'source 1 srv soft,timeo=50 /trees/n 1/', 'source 2 - - /opt/tree/',
      'row tmpfs con link file top /etc/a/', 'row tmpfs rw overlay directory top /srv/a b/', 'as /srv/a\\040b', 'row tmpfs rw link directory top /var/',
      'row persistent rw link directory below /var/log/', 'row tmpfs rw link file covered /var/x/', 'end 13', '',
    ].join('\n'));
  });

  test('has a line for each init script that the table has a word on', () => {
    const plan = compilePlan(planCluster({ overlays: [{ node: 'n01', scripts: '80-b=warn:60,70-a=must' }] }), 'n01', image, policyRows('/etc/a'));
    expect(renderPlan(plan).split('\n').filter((line) => line.startsWith('script'))).toEqual(['script 70-a must -', 'script 80-b warn 60']);
  });

  test('says nothing of a store or sources the node does not have', () => {
    const plan = compilePlan(planCluster(), 'n01', image, policyRows('/etc/a'));
    expect(renderPlan(plan)).toBe(`statelite-plan 1\nnode n01\nimage image\nhash ${plan.hash}\nrow tmpfs rw link file top /etc/a/\nend 5\n`);
  });

  test('is the same each time, and differs for another node in name and hash only', () => {
    const rows = policyRows('/etc/a', '/var/ bind');
    const text = (node: string): string => renderPlan(compilePlan(planCluster(), node, image, rows));
    expect(text('n01')).toBe(text('n01'));
    expect(text('n02').replace('n02', 'n01').replace(/hash .*/, '')).toBe(text('n01').replace(/hash .*/, ''));
  });

  test('keeps any path whole: it can be read back from row and fstab line', () => {
    const path = fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\\', '0', '4', '#', '$', "'", '"', 'ü', '\r'), minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(fc.property(path, (one) => {
      const [row] = policyRows('/x bind');
      if (row === undefined) throw new Error('no row');
      const lines = renderPlan(compilePlan(planCluster(), 'n01', image, [{ ...row, real: one }])).split('\n');
      expect(lines.slice(4)).toEqual([`row tmpfs rw bind file top ${one}/`, lines[5], 'end 6', '']);
      const [word, escaped = '', ...rest] = (lines[5] ?? '').split(/[ \t]/);
      expect([word, rest, escaped.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))]).toEqual(['as', [], one]);
    }));
  });
});
