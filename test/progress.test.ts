import { describe, expect, test } from '@jest/globals';
import type { Context } from '../lib/command.ts';
import { showCount } from '../lib/progress.ts';
import { createSystem } from '../lib/system/system.ts';

function shown(terminal: boolean, moments: readonly (readonly [milliseconds: number, count: number])[]): readonly string[] {
  const lines: string[] = [];
  let now = 0;
  const system = { ...createSystem(), clock: { now: () => now, sleep: () => Promise.resolve() } };
  const context: Context = { system, terminal, notice: (line) => { lines.push(line); }, print: () => undefined };
  const count = showCount('Modifying x', 10, context);
  for (const [moment, done] of moments) {
    now = moment;
    count(done);
  }
  return lines;
}

describe('counted work', () => {
  test('that takes over a second is shown on a terminal, on one line, up to its end', () => {
    expect(shown(true, [[10, 1], [1000, 5], [1001, 6], [1200, 7], [1201, 10]])).toEqual([
      'Modifying x  [###############...............] 50 %', '\u001b[1A\u001b[2KModifying x  [#####################.........] 70 %', '\u001b[1A\u001b[2KModifying x  [##############################] 100 %',
    ]);
  });

  test('that is quick, or not watched, is not', () => {
    expect([shown(true, [[10, 1], [900, 10]]), shown(false, [[2000, 5], [4000, 10]])]).toEqual([[], []]);
  });
});
