import { describe, expect, test } from '@jest/globals';
import { liveChange, withoutStore } from '../../lib/apply/live-change.ts';
import { readOutcomes, writeOrder } from '../../lib/apply/order.ts';
import type { BootPlan, PlanRow } from '../../lib/plan/boot-plan.ts';
import { optionKinds } from '../helpers/plan-rows.ts';

const row = (path: string, more: Partial<PlanRow> = {}): PlanRow => ({ path, type: 'file', storage: 'tmpfs', mode: 'rw', mechanism: 'link', covered: false, ...more });
const plan = (rows: readonly PlanRow[], more: Partial<BootPlan> = {}): BootPlan => ({ version: 1, node: 'n01', image: 'img', sources: [{ priority: '1', server: 's', directory: '/t', options: '' }], rows, hash: 'h', ...more });
const actions = (before: readonly PlanRow[], after: readonly PlanRow[]): readonly string[] => liveChange(plan(before), plan(after)).rows.map(({ action, row: { path } }) => `${action} ${path}`);

describe('what can be done on a running node', () => {
  test('con and ro rows are made anew, what the node may write is never touched', () => {
    const rows = [row('/a'), row('/b', { mode: 'con' }), row('/c', { mode: 'ro' }), row('/d', { mode: 'ro', mechanism: 'bind' }), row('/e', { storage: 'persistent' }), row('/f', { mode: 'con', mechanism: 'bind' })];
    expect(actions(rows, rows)).toEqual(['refresh /b', 'refresh /c', 'refresh /f']);
  });
  test('of all kinds of rows, none that is writable is ever made anew, and a row that is there is never added', () => {
    for (const kind of optionKinds()) {
      const { rows } = liveChange(plan([row('/a', kind)]), plan([row('/a', kind)]));
      expect(rows.every(({ action, row: { mode } }) => action === 'refresh' && mode !== 'rw')).toBe(true);
    }
  });
  test('a new row is added when it stands alone, inside another it waits for a boot', () => {
    const change = liveChange(plan([row('/etc', { type: 'directory' })]), plan([row('/etc', { type: 'directory' }), row('/etc/a', { parent: '/etc', storage: 'persistent' }), row('/opt/b')]));
    expect(change.rows.map(({ action, row: { path } }) => `${action} ${path}`)).toEqual(['add /opt/b']);
    expect(change.atBoot.map(({ what }) => what)).toEqual(['/etc/a']);
    expect(change.after.rows.map(({ path }) => path)).toEqual(['/etc', '/opt/b']);
  });
  test('changed options, rows that are gone, sources and stores are told and left to the boot', () => {
    const before = plan([row('/a'), row('/b', { mode: 'con' })], { store: { server: 's', directory: '/x', options: '' } });
    const after = plan([row('/b', { mode: 'ro' })], { sources: [{ priority: '1', server: 's', directory: '/other', options: '' }], store: { server: 's', directory: '/y', options: '' } });
    const change = liveChange(before, after);
    expect(change.rows).toEqual([]);
    expect(change.atBoot.map(({ what }) => what).sort()).toEqual(['/a', '/b', 'litetree 1', 'store']);
    expect(change.scratch.sources).toEqual(before.sources);
  });
  test('a persistent row waits for a boot when the node has no store mounted', () => {
    expect(actions([], [row('/a', { storage: 'persistent' }), row('/b')])).toEqual(['add /b']);
  });
  test('a look leaves out what would be copied to the store', () => {
    const store = { server: 's', directory: '/state', options: '' };
    const change = liveChange(plan([], { store }), plan([row('/a', { storage: 'persistent' }), row('/b')], { store }));
    expect(withoutStore(change.scratch).rows.map(({ path }) => path)).toEqual(['/b']);
    expect(writeOrder(change, { dryRun: true, force: false }, 'script')).toMatch(/^what=look force=no\nplan\(\) \{\n(?!.*\/a\/)[^]*?steps\(\) \{\ncat <<'STATELITE-END'\nadd rw link \/a\/\nadd rw link \/b\/\nSTATELITE-END\n\}\nscript$/);
  });
});

describe('what the node says', () => {
  test('is read row by row, blanks in paths included', () => {
    expect(readOutcomes('statelite: noise\nsame /a/\nin-use 12 /b c /\ndone\n')).toEqual({ outcomes: [{ path: '/a', outcome: 'same' }, { path: '/b c ', outcome: 'in-use', pid: 12 }], said: ['statelite: noise'] });
  });
  test('counts only when it came to its end', () => {
    expect(readOutcomes('same /a/\n').refused).toBe('it did not come to an end');
    expect(readOutcomes('refused no memory\n').refused).toBe('no memory');
  });
});
