import { describe, expect, test } from '@jest/globals';
import type { LastBoot } from '../../lib/stat/boot.ts';
import { blame, type Piece, type PieceTimes } from '../../lib/stat/blame.ts';
import { duration, renderBoot } from '../../lib/stat/render.ts';
import { renderSlow } from '../../lib/stat/render-slow.ts';
import { findSlow, percentile, slowPhases } from '../../lib/stat/slow.ts';
import { bootState } from '../../lib/stat/timeline.ts';

const BEGUN = new Date(2026, 2, 1, 14, 5, 9).getTime();
const DONE = { dhcp: 4000, root: 4300, plan: 4400, store: 4500, sources: 4600, rows: 4700, switch_root: 5000 };
const boot = (facts: Partial<LastBoot>): LastBoot => ({ node: 'n01', boot: 'x', begun: BEGUN, heard: BEGUN + 5000, phases: {}, failed: {}, parts: {}, rows: 0, warnings: [], ...facts });
const shown = (facts: Partial<LastBoot>, after: number): string[] => renderBoot(bootState('n01', boot(facts), undefined, BEGUN + after), BEGUN + after);

describe('a node', () => {
  test('that booted shows what each phase took', () => {
    expect(shown({ phases: DONE }, 1e6)).toEqual([
      'n01: booted 2026-03-01 14:05:09 in 5.00 s: dhcp 4.00 s, root 0.30 s, plan 0.10 s, store 0.10 s, sources 0.10 s, rows 0.10 s, switch_root 0.30 s',
    ]);
  });
  test('with rows that failed and warnings names them', () => {
    const failed = { '/etc/motd': { option: 'tmpfs,rw,link', type: 'file', origin: '2' } };
    expect(shown({ phases: DONE, failed, rows: 41, warnings: ['litetree 1 is away'] }, 1e6).slice(1)).toEqual([
      'n01: 1 of 41 rows FAILED', 'n01: row FAILED /etc/motd (tmpfs,rw,link file from 2)', 'n01: warning: litetree 1 is away',
    ]);
  });
  test('with init scripts says how each ended, in the order they ran', () => {
    const script = { phase: 'scripts', ms: 20, exit: 0, output: [] };
    const parts = {
      'init script 80-c': { ...script, ms: 900_010, exit: 'timeout' }, 'init script 70-b': { ...script, exit: 3, output: ['looking', 'no disk'] }, 'init script 10-a': { ...script, output: ['one', 'two'] }, 'init script 20-a': script,
      'litetree 1': { phase: 'sources', ms: 5 },
    } as const;
    expect(shown({ phases: DONE, parts }, 1e6).slice(1)).toEqual([
      'n01: init script 10-a done in 0.02 s: two', 'n01: init script 20-a done in 0.02 s', 'n01: init script 70-b FAILED with exit code 3 after 0.02 s', 'n01:   looking', 'n01:   no disk',
      'n01: init script 80-c was ENDED after 900.01 s',
    ]);
  });
  test('that was switched on by a command here shows how long its firmware took, unless that was for another boot', () => {
    const firstStep = (switchedOn: number): string => bootState('n01', boot({ phases: DONE }), undefined, BEGUN, switchedOn).steps.map(({ phase, took }) => `${phase} ${took}`)[0] ?? '';
    expect([firstStep(BEGUN - 8000), firstStep(BEGUN + 1), firstStep(BEGUN - 7_200_000)]).toEqual(['firmware 8000', 'dhcp 4000', 'dhcp 4000']);
  });
  test('under way says what it is in, and is stuck after a minute there', () => {
    const phases = { dhcp: 4000, root: 5000, plan: 5000 };
    expect(shown({ phases }, 17_000)[0]).toBe('n01: booting since 2026-03-01 14:05:09, in store for 12 s: dhcp 4.00 s, root 1.00 s, plan 0.00 s');
    expect(shown({ phases }, 255_000)[0]).toMatch(/^n01: STUCK in store for 4 min 10 s, booting since /);
    expect(shown({ phases: { kernel: 0 } }, 1000)[0]).toBe('n01: booting since 2026-03-01 14:05:09, in initrd for 1 s: kernel 0.00 s');
  });
  test('is not called stuck while it is silent as it should be: nothing is sent between the plan and a minute after the kernel\'s start', () => {
    const phases = { dhcp: 4000, root: 5000, plan: 5000 };
    expect([shown({ phases }, 89_000)[0], shown({ phases }, 91_000)[0], shown({ phases, heard: BEGUN + 66_000 }, 66_000)[0]]).toEqual([
      expect.stringMatching(/^n01: booting since .*, in store for 1 min 24 s:/), expect.stringMatching(/^n01: STUCK in store for 1 min 26 s,/), expect.stringMatching(/^n01: STUCK in store for 1 min 1 s,/),
    ]);
  });
  test('that starts services says for which it waits, and is stuck after five minutes', () => {
    const parts = { services: { phase: 'up', ms: 60_000, detail: 'slow.service' } };
    expect(shown({ phases: DONE, parts }, 250_000)[0]).toBe('n01: booting since 2026-03-01 14:05:09, in up for 4 min 5 s, waiting for slow.service: dhcp 4.00 s, root 0.30 s, plan 0.10 s, store 0.10 s, sources 0.10 s, rows 0.10 s, switch_root 0.30 s');
    expect(shown({ phases: DONE, parts }, 301_000)[0]).toMatch(/^n01: STUCK in up for 4 min 56 s, waiting for slow\.service, booting since /);
    expect(shown({ phases: { ...DONE, up: 90_000 }, parts }, 301_000)[0]).toMatch(/^n01: booted .* in 90\.00 s: /);
  });
  test('that stopped says where and why', () => {
    expect(shown({ phases: { dhcp: 1, root: 2, plan: 3 }, stopped: 'the store is full' }, 1e6)[0]).toBe('n01: FAILED in store, 2026-03-01 14:05:14: the store is full');
  });
  test('that asked for a plan only says what it was told', () => {
    const asked = { node: 'n01', asked: BEGUN, answer: 409, reason: 'no store' };
    expect(renderBoot(bootState('n01', undefined, asked, BEGUN), BEGUN)).toEqual(['n01: REFUSED a plan (409) 2026-03-01 14:05:09: no store']);
    expect(renderBoot(bootState('n01', undefined, { node: 'n01', asked: BEGUN, answer: 200 }, BEGUN), BEGUN + 2000)).toEqual(['n01: got its plan 2026-03-01 14:05:09, 2 s ago, and reported nothing since']);
    expect(renderBoot(bootState('n01', undefined, undefined, BEGUN), BEGUN)).toEqual(['n01: no boot was reported']);
  });
  test('that began a new boot without a report is not shown with the old one', () => {
    const asked = { node: 'n01', asked: BEGUN + 900_000, answer: 200 };
    expect(bootState('n01', boot({ phases: DONE }), asked, BEGUN + 900_000).state).toBe('waiting');
    expect(bootState('n01', boot({ phases: { dhcp: 1 } }), { ...asked, asked: BEGUN + 9000 }, BEGUN + 10_000).state).toBe('booting');
  });
});

describe('--slow', () => {
  const nodes = Array.from({ length: 20 }, (_, index) => {
    const node = `n${index + 1}`;
    const late = index === 19 ? 9000 : index;
    return bootState(node, boot({ node, phases: Object.fromEntries(Object.entries(DONE).map(([phase, at]) => [phase, phase === 'rows' || phase === 'switch_root' ? at + late : at])) }), undefined, BEGUN);
  });
  test('gives percentiles of each phase in order and the node and phase to blame', () => {
    const { phases, outliers } = slowPhases(nodes);
    expect(phases.map(({ phase }) => phase)).toEqual([...Object.keys(DONE), 'total']);
    expect(phases.find(({ phase }) => phase === 'rows')).toEqual({ phase: 'rows', nodes: 20, p50: 109, p95: 118, slowest: { node: 'n20', took: 9100 } });
    expect(outliers).toEqual([{ node: 'n20', phase: 'rows', took: 9100, p50: 109, failed: [], warnings: [] }]);
    expect(renderSlow(findSlow([], [], []))).toBe('no boot was reported');
  });
  test('a percentile is a value that was there', () => {
    expect([percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.95), percentile([7], 0.5), percentile([], 0.5)]).toEqual([2, 4, 7, 0]);
  });
});

describe('to blame for a phase that took long', () => {
  const row = (name: string, origin: string, ms: number, bytes: number, option = 'tmpfs,rw,link'): Piece => ({ node: 'n20', phase: 'rows', name, ms, bytes, option, origin });
  const usual = (name: string, p50: number, bytes: number, nodes = 20): PieceTimes => ({ phase: 'rows', name, nodes, p50, p95: p50, bytes, slowest: { node: 'n20', took: 0 } });
  const known = (...times: readonly PieceTimes[]): ReadonlyMap<string, PieceTimes> => new Map(times.map((each) => [each.name, each]));
  const names = (pieces: readonly Piece[], ...times: readonly PieceTimes[]): readonly string[] => blame(9000, pieces, known(...times)).map(({ name, together }) => `${name} +${together}`);

  test('is the row of the pass that copied more than on other nodes, not the one that is always large', () => {
    expect(names([row('/large', '2', 9010, 5e6), row('/small', '2', 9010, 3e6), row('/tiny', '2+default', 9020, 10), row('/etc/other', '1', 10, 9e9)],
      usual('/large', 10, 5e6), usual('/small', 10, 1000), usual('/tiny', 20, 10), usual('/etc/other', 10, 10))).toEqual(['/small +2']);
  });
  test('are several rows when several passes took long', () => {
    expect(names([row('/a', '1', 4000, 5), row('/b', 'default', 5000, 9), row('/c', 'store', 3000, 0, 'persistent,rw,bind'), row('/d', '1', 3000, 0, 'tmpfs,ro,bind')],
      usual('/a', 10, 5), usual('/b', 10, 5), usual('/c', 0, 0), usual('/d', 0, 0))).toEqual(['/b +0', '/a +0', '/c +1']);
  });
  test('is also what no other node has', () => {
    expect(names([row('/own', '1', 9000, 5)], usual('/own', 9000, 5, 1))).toEqual(['/own +0']);
    expect(names([row('/own', '1', 9000, 5)], usual('/own', 8900, 5))).toEqual([]);
  });
});

test('durations are told in their two largest units', () => {
  expect([0, 499, 12_000, 250_000, 3_600_000, 7_500_000, 90_061_000].map(duration)).toEqual(['0 s', '0 s', '12 s', '4 min 10 s', '1 h', '2 h 5 min', '1 d 1 h']);
});
