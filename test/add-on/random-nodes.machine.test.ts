import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { buildNodeRoots, type BootResult, type NodeRoots } from '../helpers/node-root.ts';
import { expectNode, type Expected } from './model.ts';
import { randomNode } from './random-node.ts';

let roots: NodeRoots;
beforeAll(async () => {
  roots = await buildNodeRoots();
});
afterAll(() => roots.remove());

/** Thousands are tried by hand: RUNS=5000. SEED repeats them. */
const RUNS = Number(process.env['RUNS'] ?? 450);

describe('any node', () => {
  test('boots with exactly what its tables promise, or says why not', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
    const cases = fc.sample(randomNode, { numRuns: RUNS, seed });
    const results = roots.boot(cases);
    const ends = new Map<number, number>();
    cases.forEach((one, index) => {
      const [result] = results[index] ?? [];
      if (result === undefined) throw new Error('no boot');
      const wanted = expectNode({ rows: result.plan.rows, image: one.image, sources: one.sources as Record<string, never>, overlays: Object.values(one.overlays ?? {}), store: one.store ?? {}, disk: one.disk ?? {} });
      ends.set(wanted.exitCode, (ends.get(wanted.exitCode) ?? 0) + 1);
      const found = told(result, wanted);
      try {
        expect(found).toEqual(wanted);
      } catch (error) {
        throw new Error(`${JSON.stringify({ seed, index, ...one, log: result.log })}\n${String(error)}`, { cause: error });
      }
    });
    expect([...ends.keys()].sort()).toEqual([0, 1, 2]);
  }, 120_000 + RUNS * 500);
});

// --- internal ---

function told(result: BootResult, { exitCode }: Expected): Expected {
  if (exitCode === 2) return { exitCode: result.exitCode as Expected['exitCode'], view: {}, store: {}, disk: {}, failed: [] };
  const store = Object.fromEntries(Object.entries(result.store).filter(([path]) => path !== '/.statelite-rows'));
  const disk = Object.fromEntries(Object.entries(result.disk).filter(([path]) => path !== '/.statelite-rows' && !path.startsWith('/.statelite-overlays')));
  const failed = result.log.flatMap((line) => /^FAILED .*(?:file|directory) (\/.*) from [^ ]*, \d+ bytes, \d+ ms$/.exec(line)?.[1] ?? []);
  return { exitCode: result.exitCode as Expected['exitCode'], view: result.view, store, disk, failed: [...new Set(failed)].sort() };
}
