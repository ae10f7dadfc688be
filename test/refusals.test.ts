import { describe, expect, test } from '@jest/globals';
import { StateliteError } from '../lib/errors.ts';
import { refusalLines, type Refusal } from '../lib/refusals.ts';

const refused = (nodes: readonly string[], message: (node: string) => string, hint?: (node: string) => string): readonly Refusal[] =>
  nodes.map((node) => ({ node, problems: [new StateliteError('ROW_INVALID', message(node), hint === undefined ? {} : { hint: hint(node) })] }));

const many = Array.from({ length: 10_000 }, (_, index) => `n${String(index + 1).padStart(5, '0')}`);

describe('What refused nodes have in common is told once', () => {
  test('one wrong row that ten thousand nodes have is one line with a noderange, and one hint', () => {
    expect(refusalLines(refused(many, () => 'litetree row priority=2.5: a priority is a whole number', () => 'chtab -d priority=2.5 litetree'))).toEqual([
      'Error: n[00001-10000]: litetree row priority=2.5: a priority is a whole number', '  Hint: chtab -d priority=2.5 litetree',
    ]);
  });

  test('messages and hints that differ by the name of the node only are the same', () => {
    expect(refusalLines(refused(['n1', 'n2', 'n3'], (node) => `/etc/motd is persistent, but no statelite row says where the state of ${node} lives`, (node) => `chtab node=${node} statelite.statemnt=<server>:<directory>`))).toEqual([
      'Error: n[1-3]: /etc/motd is persistent, but no statelite row says where the state of n[1-3] lives', '  Hint: nodech n[1-3] statelite.statemnt=<server>:<directory>',
    ]);
    expect(refusalLines(refused(['n1'], () => 'no store', (node) => `chtab node=${node} statelite.statemnt=<server>:<directory>`))).toEqual(['Error: n1: no store', '  Hint: chtab node=n1 statelite.statemnt=<server>:<directory>']);
    expect(refusalLines(refused(['n1', 'n2'], (node) => `${node} is not in the tables`))).toEqual(['Error: n[1-2] is not in the tables']);
  });

  test('names of other nodes, and names that are part of another word, are told as they are', () => {
    expect(refusalLines([...refused(['n1'], () => 'its address is also that of n2'), ...refused(['n2'], () => 'its address is also that of n1')])).toEqual(['Error: n1: its address is also that of n2', 'Error: n2: its address is also that of n1']);
    expect(refusalLines(refused(['n1', 'n2'], (node) => `${node}-ib, ${node}.site and /x${node} are wrong: ${node}.`))).toEqual(['Error: n1: n1-ib, n1.site and /xn1 are wrong: n1.', 'Error: n2: n2-ib, n2.site and /xn2 are wrong: n2.']);
    expect(refusalLines(refused(['a.b', 'a.c'], (node) => `see ${node}.`))).toEqual(['Error: a.b,a.c: see a.b,a.c.']);
  });

  test('each problem of a node has its line, in the order they came, and a hint that helps with several stands below the last', () => {
    const problems = ['no MAC', 'no address'].map((message) => new StateliteError('NODE_INCOMPLETE', message, { hint: 'chdef' }));
    expect(refusalLines([{ node: 'n1', problems }, { node: 'n2', problems: problems.slice(1) }])).toEqual(['Error: n1: no MAC', 'Error: n[1-2]: no address', '  Hint: chdef']);
  });
});
