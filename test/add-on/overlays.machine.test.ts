import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bootOne, buildNodeRoots, type BootResult, type NodeCase, type NodeRoots } from '../helpers/node-root.ts';

let roots: NodeRoots;
beforeAll(async () => {
  roots = await buildNodeRoots();
});
afterAll(() => roots.remove());

const boot = (one: NodeCase): BootResult => bootOne(roots, one);
const texts = ({ view }: BootResult): Record<string, string> => Object.fromEntries(Object.entries(view).filter(([, what]) => !what.startsWith('directory')).map(([path, what]) => [path, what.replace(/^file \d+ \d+:\d+ r[wo] /, '')]));

describe('what an overlay does on the node', () => {
  const image = { 'etc/motd': 'image\n', 'etc/hosts': 'image hosts\n', 'etc/conf.d/one': 'image one\n', 'etc/conf.d/two': 'image two\n', 'srv/f': 'image\n' };

  test('a file comes before every litetree source, a template is filled for the node', () => {
    const result = boot({ image, rows: ['/etc/motd', '/etc/conf.d/'], sources: { 1: { 'etc/motd': 'one\n', 'etc/conf.d/one': '1', 'etc/conf.d/tree': '1' } },
      overlays: { site: { 'etc/motd.njk': 'I am {{ node.name }}\n', 'etc/conf.d/one': 'overlay one\n' } } });
    expect([result.exitCode, result.log.filter((line) => line.startsWith('FAILED'))]).toEqual([0, []]);
    expect(texts(result)).toEqual({ '/etc/motd': 'I am n01\n', '/etc/conf.d/one': 'overlay one\n', '/etc/conf.d/two': 'image two\n', '/etc/conf.d/tree': '1' });
  });

  test.each(['', 'bind', 'overlay', 'persistent'])('append, absent and delete below a directory row %j', (option) => {
    const result = boot({ image, rows: [`/etc/conf.d/ ${option}`], sources: { 2: { 'etc/conf.d/two': 'tree two\n', 'etc/conf.d/tree': 't\n' } }, overlays: {
      a: { 'etc/conf.d/two.append': 'more two\n', 'etc/conf.d/tree.absent': 'not used\n', 'etc/conf.d/new.absent': 'new\n', 'etc/conf.d/one.delete': '', 'etc/conf.d/fresh.append': 'fresh\n' },
    } });
    expect([result.exitCode, result.console]).toEqual([0, expect.stringContaining('1 of 1 rows in place')]);
    expect(texts(result)).toEqual({ '/etc/conf.d/two': 'tree two\nmore two\n', '/etc/conf.d/tree': 't\n', '/etc/conf.d/new': 'new\n', '/etc/conf.d/fresh': 'fresh\n' });
  });

  test.each(['', 'bind', 'persistent', 'ro', 'bind,ro', 'con', 'bind,con'])('append to a file row %j, after what it is otherwise', (option) => {
    const { exitCode, view } = boot({ image, rows: [`/etc/hosts ${option}`], sources: { 1: { 'etc/hosts': 'one\n' } }, overlays: { a: { 'etc/hosts.append.njk': '# {{ node.name }}\n' } } });
    const isJoined = option.endsWith('con');
    expect([exitCode, view['/etc/hosts']]).toEqual([0, `file 644 0:0 ${option.endsWith('ro') ? 'ro' : 'rw'} ${isJoined ? 'image hosts\n' : ''}one\n# n01\n`]);
  });
});
