import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { locate, readFacts } from '../../lib/image/locate.ts';
import { ImageTree } from '../../lib/image/tree.ts';
import { createFiles } from '../../lib/system/files.ts';
import { lite } from '../helpers/liting.ts';
import { makeTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const IMAGE: TreeSpec = {
  'usr/lib/x': 'x', 'lib': '-> usr/lib', 'var/run': '-> /run', 'var/lock': '-> ../run/lock', 'etc/mtab': '-> ../proc/self/mounts', 'etc/f': 'f', 'etc/here': '-> ./f',
  'etc/up': '-> ../../../../../../etc/f', 'etc/abs': '-> /etc/f', 'etc/host': '-> /no/such/place', 'loop/a': '-> b', 'loop/b': '-> a', 'self': '-> self/x', 'root-link': '-> /',
  'mine': '-> /.statelite/x', 'chain1': '-> chain2', 'chain2': '-> /etc/here', 'odd/d': '-> //usr/./lib/../lib/', 'run/': '', 'proc/': '',
};

function facts(rows: readonly string[], ...paths: readonly string[]): unknown[] {
  const rootimg = join(temporaryDirectory(), 'rootimg');
  makeTree(rootimg, IMAGE);
  if (rows.length > 0) lite(rootimg, rows);
  const found = readFacts(new ImageTree(createFiles(), rootimg), paths, new Set());
  return paths.map((path) => found.get(path));
}

describe('paths of an image', () => {
  test.each([[[]], [['/etc/f', '/usr/lib/']], [['/etc/', '/usr/']]])('lead where chroot would lead, also when %j are linked', (rows) => {
    expect(facts(rows, '/lib/x', '/etc/here', '/etc/up', '/etc/abs', '/chain1', '/odd/d', '/odd/d/x', '/new/deep', '/lib/new')).toEqual([
      { real: '/usr/lib/x', type: 'file' }, ...Array(4).fill({ real: '/etc/f', type: 'file' }) as unknown[],
      { real: '/usr/lib', type: 'directory' }, { real: '/usr/lib/x', type: 'file' }, { real: '/new/deep', type: 'missing' }, { real: '/usr/lib/new', type: 'missing' },
    ]);
  });

  test('an absolute symlink to a path of the host stays in the image', () => {
    expect(facts([], '/etc/host', '/etc/host/below')).toEqual([{ real: '/no/such/place', type: 'missing' }, { real: '/no/such/place/below', type: 'missing' }]);
  });

  test('what leads to a volatile directory says so', () => {
    expect(facts([], '/var/run', '/var/run/x', '/var/lock', '/etc/mtab', '/run/x')).toEqual([
      { real: '/run', type: 'directory', volatile: 'it leads to /run' }, { real: '/run/x', type: 'missing', volatile: 'it leads to /run/x' },
      { real: '/run/lock', type: 'missing', volatile: 'it leads to /run/lock' }, { real: '/proc/self/mounts', type: 'missing', volatile: 'it leads to /proc/self/mounts' },
      { real: '/run/x', type: 'missing', volatile: 'it is in /run' },
    ]);
  });

  test('loops and files in the way are problems', () => {
    const [loop, self, file] = facts([], '/loop/a', '/self', '/etc/f/x') as { readonly problem?: string }[];
    expect([loop?.problem, self?.problem, file?.problem]).toEqual([expect.stringContaining('in a loop'), expect.stringContaining('in a loop'), '/etc/f is no directory']);
  });

  test('symlinks to the root and to what is statelite\'s own are told as such', () => {
    expect(facts([], '/root-link', '/mine')).toEqual([{ real: '/', type: 'directory' }, { real: '/.statelite/x', type: 'missing' }]);
  });

  test('a linked path is found where its content lies', () => {
    const rootimg = join(temporaryDirectory(), 'rootimg');
    makeTree(rootimg, IMAGE);
    lite(rootimg, ['/etc/']);
    expect(locate(new ImageTree(createFiles(), rootimg), '/etc/f')).toMatchObject({ real: '/etc/f', physical: '/.default/etc/f' });
  });
});
