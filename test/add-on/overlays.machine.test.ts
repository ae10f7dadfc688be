import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bootOne, buildNodeRoots, type BootResult, type NodeCase, type NodeRoots } from '../helpers/node-root.ts';

let roots: NodeRoots;
beforeAll(async () => {
  roots = await buildNodeRoots();
});
afterAll(() => roots.remove());

const boot = (one: NodeCase): BootResult => bootOne(roots, one);
const texts = ({ view }: BootResult): Record<string, string> => Object.fromEntries(Object.entries(view).filter(([, what]) => !what.startsWith('directory')).map(([path, what]) => [path, what.replace(/^file \d+ \d+:\d+(?: @315532800)? r[wo] /, '')]));

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

  test.each(['', 'bind', 'overlay', 'persistent'])('of a deleted directory only what a later overlay puts there is seen, for a row %j', (option) => {
    const result = boot({ image, rows: [`/etc/ ${option}`], sources: { 1: { 'etc/conf.d/tree': 't\n' } }, overlays: {
      a: { 'etc/conf.d.delete': { note: 'of the mark', content: '' } }, b: { 'etc/conf.d/mine': 'mine\n', 'etc/conf.d/one.append': 'anew\n', 'etc/conf.d/two.absent': 'anew\n' },
    } });
    expect([result.exitCode, result.log.filter((line) => line.startsWith('FAILED'))]).toEqual([0, []]);
    const below = Object.fromEntries(Object.entries(texts(result)).filter(([path]) => path.startsWith('/etc/conf.d/')));
    expect(below).toEqual({ '/etc/conf.d/mine': 'mine\n', '/etc/conf.d/one': 'anew\n', '/etc/conf.d/two': 'anew\n' });
  });

  test.each(['', 'overlay'])('a mark that deletes may have attributes of its own, for a row %j', (option) => {
    const result = boot({ image, rows: [`/etc/conf.d/ ${option}`], overlays: { a: { 'etc/conf.d/one.delete': { content: 'why', mode: 0o600, note: 'labelled' } } } });
    expect([result.exitCode, texts(result)]).toEqual([0, { '/etc/conf.d/two': 'image two\n' }]);
  });

  test('later overlays win however they spell the path', () => {
    const linked = { ...image, 'usr/lib/f': 'image\n', lib: '-> usr/lib' };
    const [one, two] = [{ 'usr/lib/f': 'usr\n' }, { 'lib/f': 'lib\n' }];
    const seen = (overlays: NodeCase['overlays'] & object): string | undefined => texts(boot({ image: linked, rows: ['/usr/lib/'], overlays }))['/usr/lib/f'];
    expect([seen({ one, two }), seen({ two, one }), seen({ one, two: { 'lib/f.append': 'more\n' } }), seen({ one, two: { 'lib/f.delete': '' } })]).toEqual(['lib\n', 'usr\n', 'usr\nmore\n', undefined]);
  });

  test('a symlink of the image that an overlay deletes is no longer followed', () => {
    const result = boot({ image: { ...image, 'etc/alias': '-> conf.d' }, rows: ['/etc/'], overlays: { a: { 'etc/alias.delete': '' }, b: { 'etc/alias/': { mode: 0o700, uid: 7 }, 'etc/alias/mine': 'mine\n' } } });
    expect(result.view['/etc/alias']).toBe('directory 700 7:0 rw');
    expect([result.exitCode, texts(result)['/etc/alias/mine'], texts(result)['/etc/conf.d/mine']]).toEqual([0, 'mine\n', undefined]);
  });

  test.each(['', 'bind', 'overlay', 'persistent'])('a directory that only liteimg made has the mode and owner that the overlay gives it, for a row %j', (option) => {
    const { view } = boot({ image, rows: [`/srv/keys/ ${option}`], overlays: { a: { 'srv/keys/': { mode: 0o700, uid: 7, gid: 8 }, 'srv/keys/one': 'key\n' } } });
    expect(view['/srv/keys']).toBe('directory 700 7:8 rw');
  });

  test.each(['', 'bind', 'persistent', 'ro', 'bind,ro', 'con', 'bind,con'])('append to a file row %j, after what it is otherwise', (option) => {
    const { exitCode, view } = boot({ image, rows: [`/etc/hosts ${option}`], sources: { 1: { 'etc/hosts': 'one\n' } }, overlays: { a: { 'etc/hosts.append.njk': '# {{ node.name }}\n' } } });
    const isJoined = option.endsWith('con');
    expect([exitCode, view['/etc/hosts']]).toEqual([0, `file 644 0:0 ${option.endsWith('ro') ? 'ro' : 'rw'} ${isJoined ? 'image hosts\n' : ''}one\n# n01\n`]);
  });
});
