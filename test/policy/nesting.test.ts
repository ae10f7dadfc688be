import { describe, expect, test } from '@jest/globals';
import { nestingMatrix } from '../../lib/policy/nesting.ts';
import { parseOption, writeOption } from '../../lib/policy/option.ts';
import { resolvePolicy } from '../../lib/policy/resolve.ts';
import { selectRows } from '../../lib/policy/select.ts';
import type { PathFact } from '../../lib/policy/policy.ts';

const facts = new Map<string, PathFact>([['/d', { real: '/d', type: 'directory' }], ['/d/x/y', { real: '/d/x/y', type: 'file' }]]);

describe('the nesting matrix', () => {
  test.each(nestingMatrix().map(({ parent, child, verdict }) => ({ parent: writeOption(parent), child: writeOption(child), verdict })))(
    '$child below $parent is decided as the matrix says', ({ parent, child, verdict }) => {
      const selection = selectRows({ name: 'i', groups: [] }, [{ file: '/d/', options: parent }, { file: '/d/x/y', options: child }]);
      const resolve = (): unknown => resolvePolicy('i', selection, facts);
      if (verdict.allowed) expect(resolve).not.toThrow();
      else expect(resolve).toThrow();
    });

  test('the documented cells of xCAT hold', () => {
    const verdict = (parent: string, child: string): boolean | undefined => {
      const [p, c] = [parent, child].map((text) => writeOption(parseOption(text).option));
      return nestingMatrix().find((cell) => writeOption(cell.parent) === p && writeOption(cell.child) === c)?.verdict.allowed;
    };
    const allowed = [['tmpfs', 'persistent'], ['tmpfs', 'ro'], ['tmpfs', 'con'], ['link', 'link,ro'], ['link', 'localdisk'], ['persistent', 'persistent'],
      ['localdisk', 'localdisk'], ['bind', 'bind,ro'], ['overlay', 'bind,persistent'], ['overlay,localdisk', 'bind,localdisk']] as const;
    const refused = [['persistent', 'tmpfs'], ['persistent', 'ro'], ['ro', 'ro'], ['ro', 'tmpfs'], ['con', 'tmpfs'], ['link', 'bind'], ['bind', 'link'],
      ['overlay', 'overlay'], ['overlay', 'link'], ['localdisk', 'tmpfs'], ['link', 'overlay']] as const;
    for (const [parent, child] of allowed) expect([parent, child, verdict(parent, child)]).toEqual([parent, child, true]);
    for (const [parent, child] of refused) expect([parent, child, verdict(parent, child)]).toEqual([parent, child, false]);
  });

  test('every refusal says why and what to use instead', () => {
    for (const { verdict } of nestingMatrix()) if (!verdict.allowed) expect([verdict.reason !== '', verdict.instead !== '']).toEqual([true, true]);
  });
});
