import { describe, expect, test } from '@jest/globals';
import type { StateliteError } from '../../lib/errors.ts';
import type { PathFact, Policy } from '../../lib/policy/policy.ts';
import { resolvePolicy } from '../../lib/policy/resolve.ts';
import { selectRows } from '../../lib/policy/select.ts';

type Rows = readonly (readonly [file: string, options: string, fact: Partial<PathFact>])[];

function resolve(rows: Rows): Policy {
  const selection = selectRows({ name: 'i', groups: [] }, rows.map(([file, options]) => ({ file, options })));
  const facts = new Map(rows.map(([file, , fact]): [string, PathFact] => {
    const path = file.replace(/\/$/, '');
    return [path, { real: path, type: 'missing', ...fact }];
  }));
  return resolvePolicy('i', selection, facts);
}

function problemsOf(rows: Rows): StateliteError[] {
  try {
    resolve(rows);
    return [];
  } catch (error) {
    const wrong = error as StateliteError;
    return wrong.problems.length > 0 ? [...wrong.problems] : [wrong];
  }
}

describe('the policy of an image', () => {
  test('rows are sorted by their real path and know their nearest ancestor', () => {
    const { rows } = resolve([['/var/log/a/b', '', { type: 'file' }], ['/var/', '', { type: 'directory' }], ['/etc/x', 'ro', { type: 'file' }], ['/var/log/', '', { type: 'directory' }], ['/variable', '', {}]]);
    expect(rows.map(({ real, type, parent }) => [real, type, parent])).toEqual([
      ['/etc/x', 'file', undefined], ['/var', 'directory', undefined], ['/var/log', 'directory', '/var'], ['/var/log/a/b', 'file', '/var/log'], ['/variable', 'file', undefined],
    ]);
  });

  test('a directory written without its slash is a directory, with a notice', () => {
    const { rows, notices } = resolve([['/tmp', '', { type: 'directory' }]]);
    expect(rows[0]?.type).toBe('directory');
    expect(notices).toEqual([{ path: '/tmp', text: '/tmp is a directory in the image and treated as /tmp/' }]);
  });

  test('a missing path with rows below it is a directory', () => {
    const { rows } = resolve([['/opt/x', '', {}], ['/opt/x/y', '', {}]]);
    expect(rows.map(({ type }) => type)).toEqual(['directory', 'file']);
  });

  test('volatile paths are skipped with a notice', () => {
    const { rows, notices } = resolve([['/var/run/', '', { real: '/run', type: 'directory', volatile: '/var/run leads to /run' }]]);
    expect(rows).toEqual([]);
    expect(notices.map(({ text }) => text)).toEqual(['/var/run is skipped: /var/run leads to /run, which is volatile already']);
  });

  test('two spellings of one path are one row when they say the same, and a problem when not', () => {
    const twins = (option: string): Rows => [['/lib/x', 'tmpfs', { real: '/usr/lib/x', type: 'file' }], ['/usr/lib/x', option, { type: 'file' }]];
    const { rows, notices } = resolve(twins('link'));
    expect([rows.length, notices.length]).toEqual([1, 1]);
    expect(problemsOf(twins('ro')).map(({ code }) => code)).toEqual(['LITEFILE_INVALID']);
  });

  test('all problems are told at once', () => {
    const problems = problemsOf([
      ['relative', '', {}], ['/a', 'banana', {}], ['/file/', '', { type: 'file' }], ['/dir/', 'con', { type: 'directory' }], ['/f', 'overlay', { type: 'file' }],
      ['/p/', 'persistent', { type: 'directory' }], ['/p/c', 'ro', { type: 'file' }], ['/loop', '', { problem: 'a loop' }], ['/s', '', { real: '/.statelite/x' }], ['/r', '', { real: '/' }],
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      'PATH_INVALID', 'OPTION_INVALID', 'LITEFILE_INVALID', 'PATH_INVALID', 'PATH_INVALID', 'PATH_INVALID', 'LITEFILE_INVALID', 'LITEFILE_INVALID', 'NESTING_REFUSED',
    ]);
    for (const { hint } of problems) expect(hint).toBeTruthy();
  });
});
