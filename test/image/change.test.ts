import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { policyOf, compare, lite, SCRIPT_CONTENT, type Rows } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const IMAGE: TreeSpec = {
  'etc/ntp.conf': 'ntp', 'etc/ssh/sshd_config': 'sshd', 'etc/ssh/keys/': '', 'var/log/messages': 'm', 'var/log/old/': '', 'var/lib/x/y': 'y', 'var/empty/': '',
  'var/run': '-> /run', 'var/mail': '-> spool/mail', 'var/spool/mail/': '', 'root/.bashrc': 'rc', 'usr/bin/tool': '#!', 'run/': '', 'bin': '-> usr/bin',
};

let rootimg = '';

beforeEach(() => {
  rootimg = join(temporaryDirectory(), 'rootimg');
  makeTree(rootimg, IMAGE);
  fs.chmodSync(join(rootimg, 'root'), 0o700);
  fs.chownSync(join(rootimg, 'var/lib/x/y'), 12, 34);
  fs.chmodSync(join(rootimg, 'var/empty'), 0o1711);
});

const write = (path: string, content: string): void => fs.writeFileSync(join(rootimg, path), content);
const read = (path: string): string => fs.readFileSync(join(rootimg, path), 'utf8');
const kinds = (rows: Rows | 'original'): string[] => compare(rootimg, rows).operations.map(({ kind, path }) => `${kind} ${path}`);

const ROW_SETS: readonly Rows[] = [
  ['/etc/ntp.conf'], ['/var/'], ['/var/', '/var/log/ persistent', '/var/log/messages persistent'], ['/etc/ssh', '/etc/ntp.conf con', '/root/.bashrc ro'],
  ['/var/log/', '/var/lib/x/y persistent', '/var/empty/'], ['/etc/missing', '/var/new/deep/', '/var/new/file'], ['/var/ bind', '/opt/data/ overlay', '/etc/ntp.conf bind,ro'],
  ['/var/lib/x/', '/var/lib/x/z', '/root/'], ['/etc/', '/var/lib/'], ['/var/mail/', '/bin/tool', '/var/run/lock'],
];

describe('running liteimg again', () => {
  test.each(ROW_SETS)('with nothing changed there is nothing to do (%s …)', (...rows) => {
    lite(rootimg, rows);
    expect(compare(rootimg, rows)).toMatchObject({ operations: [], notices: [] });
  });

  test.each(ROW_SETS)('the policy is the same as before the first run (%s …)', (...rows) => {
    const before = policyOf(rootimg, rows);
    lite(rootimg, rows);
    expect(policyOf(rootimg, rows)).toEqual(before);
  });

  test.each(ROW_SETS)('undo gives the original tree: content, mode, owner, times (%s …)', (...rows) => {
    const before = snapshotTree(rootimg);
    lite(rootimg, rows);
    lite(rootimg, 'original');
    expect(snapshotTree(rootimg)).toEqual(before);
    expect(compare(rootimg, 'original').operations).toEqual([]);
  });

  test('from any table to any other, the tree is the one a first run would have made', () => {
    const trees = ROW_SETS.map((rows) => {
      lite(rootimg, rows);
      const tree = snapshotTree(rootimg, { anyTime: () => true });
      lite(rootimg, 'original');
      return tree;
    });
    for (const [from, old] of ROW_SETS.entries()) {
      for (const [to, rows] of ROW_SETS.entries()) {
        lite(rootimg, old);
        lite(rootimg, rows);
        expect([from, to, snapshotTree(rootimg, { anyTime: () => true })]).toEqual([from, to, trees[to]]);
        lite(rootimg, 'original');
      }
    }
  });

  test('comparing changes nothing', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    const before = snapshotTree(rootimg);
    expect(kinds(['/var/', '/etc/new'])).toEqual([
      'prepare /.statelite', 'restore /etc/ntp.conf', 'clean /.statelite/tmpfs', 'create /etc/new', 'link /etc/new', 'prepare /.statelite/tmpfs', 'link /var/', 'record /.statelite',
    ]);
    expect(snapshotTree(rootimg)).toEqual(before);
  });

  test('an option that changes nothing in the tree only changes the manifest', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    expect(compare(rootimg, ['/etc/ntp.conf ro']).operations.flatMap(({ steps }) => steps.map((step) => step.do))).toEqual(['record']);
  });
});

describe('a row that goes', () => {
  test('gives the original back, also what the admin edited meanwhile', () => {
    lite(rootimg, ['/etc/ntp.conf', '/var/']);
    write('.default/etc/ntp.conf', 'edited');
    write('var/log/messages', 'edited too');
    lite(rootimg, ['/root/.bashrc']);
    expect([read('etc/ntp.conf'), read('var/log/messages'), fs.existsSync(join(rootimg, '.default/var'))]).toEqual(['edited', 'edited too', false]);
  });

  test('takes with it what liteimg made, unless somebody filled it', () => {
    lite(rootimg, ['/etc/new', '/srv/a/b/', '/srv/full/', '/etc/ntp.conf']);
    write('srv/full/data', 'x');
    const { notices } = lite(rootimg, ['/etc/ntp.conf']);
    expect([fs.existsSync(join(rootimg, 'etc/new')), fs.readdirSync(join(rootimg, 'srv')), read('srv/full/data')]).toEqual([false, ['full'], 'x']);
    expect(notices.map(({ path }) => path)).toEqual(['/srv/full', '/srv']);
    lite(rootimg, 'original');
    expect(read('srv/full/data')).toBe('x');
  });

  test('and whose path liteimg made as a file comes again as a directory', () => {
    lite(rootimg, ['/opt/x']);
    lite(rootimg, ['/opt/x/']);
    expect(fs.statSync(join(rootimg, 'opt/x')).isDirectory()).toBe(true);
    lite(rootimg, ['/opt/x']);
    expect(fs.statSync(join(rootimg, 'opt/x')).isFile()).toBe(true);
  });

  test('extended attributes, device nodes and pipes come back as they were', () => {
    execFileSync('mkfifo', [join(rootimg, 'etc/pipe')]);
    execFileSync('mknod', [join(rootimg, 'etc/device'), 'c', '1', '3']);
    const before = snapshotTree(rootimg);
    lite(rootimg, ['/etc/pipe', '/etc/device']);
    expect(fs.lstatSync(join(rootimg, '.default/etc/pipe')).isFIFO()).toBe(true);
    lite(rootimg, 'original');
    expect(snapshotTree(rootimg)).toEqual(before);
  });
});

describe('a link that somebody replaced', () => {
  test('by a file: the file is the new default, the old one is kept beside it and told', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    fs.rmSync(join(rootimg, 'etc/ntp.conf'));
    write('etc/ntp.conf', 'from the package');
    const { notices } = lite(rootimg, ['/etc/ntp.conf']);
    expect([read('.default/etc/ntp.conf'), read('.default/etc/ntp.conf.statelite-old'), fs.readlinkSync(join(rootimg, 'etc/ntp.conf'))]).toEqual(['from the package', 'ntp', '../.statelite/tmpfs/etc/ntp.conf']);
    expect(notices.map(({ text }) => text)).toEqual(['/etc/ntp.conf was replaced in the image since the last liteimg: what it is now counts, the old default is /.default/etc/ntp.conf.statelite-old']);
    expect(kinds(['/etc/ntp.conf'])).toEqual([]);
    fs.rmSync(join(rootimg, 'etc/ntp.conf'));
    write('etc/ntp.conf', 'a third');
    lite(rootimg, ['/etc/ntp.conf']);
    expect(read('.default/etc/ntp.conf.statelite-old.2')).toBe('from the package');
  });

  test('by a file, and its row goes: the file stays, the old default is kept', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    fs.rmSync(join(rootimg, 'etc/ntp.conf'));
    write('etc/ntp.conf', 'from the package');
    lite(rootimg, 'original');
    expect([read('etc/ntp.conf'), read('.default/etc/ntp.conf.statelite-old'), fs.existsSync(join(rootimg, '.statelite'))]).toEqual(['from the package', 'ntp', false]);
  });

  test('by nothing: the link comes back', () => {
    lite(rootimg, ['/etc/ntp.conf', '/var/']);
    fs.rmSync(join(rootimg, 'etc/ntp.conf'));
    fs.rmSync(join(rootimg, 'var'));
    lite(rootimg, ['/etc/ntp.conf', '/var/']);
    expect([read('etc/ntp.conf'), read('var/log/messages')]).toEqual(['ntp', 'm']);
  });

  test('by an empty directory: the link comes back; by a full one: refused, nothing is touched', () => {
    lite(rootimg, ['/var/']);
    fs.rmSync(join(rootimg, 'var'));
    fs.mkdirSync(join(rootimg, 'var'));
    lite(rootimg, ['/var/']);
    expect(read('var/log/messages')).toBe('m');
    fs.rmSync(join(rootimg, 'var'));
    makeTree(join(rootimg, 'var'), { new: 'n' });
    const before = snapshotTree(rootimg);
    expect(() => lite(rootimg, ['/var/'])).toThrow(/both directories with content/);
    expect(snapshotTree(rootimg)).toEqual(before);
  });

  test('and a file that became a directory is taken as one', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    fs.rmSync(join(rootimg, 'etc/ntp.conf'));
    makeTree(join(rootimg, 'etc/ntp.conf'), { part: 'p' });
    lite(rootimg, ['/etc/ntp.conf']);
    expect([read('etc/ntp.conf/part'), read('.default/etc/ntp.conf.statelite-old')]).toEqual(['p', 'ntp']);
  });

  test('a default that somebody removed is made again, empty', () => {
    lite(rootimg, ['/etc/ntp.conf']);
    fs.rmSync(join(rootimg, '.default/etc/ntp.conf'));
    lite(rootimg, ['/etc/ntp.conf']);
    expect(read('etc/ntp.conf')).toBe('');
  });
});

describe('an image that xCAT has prepared', () => {
  test('keeps its links, however they are spelled', () => {
    makeTree(rootimg, { '.default/opt/f': 'x', '.statelite/tmpfs/opt': '-> ../.././.default/opt' });
    fs.symlinkSync('./.statelite/tmpfs/opt', join(rootimg, 'opt'));
    expect(kinds(['/opt/'])).toEqual(['prepare /.statelite', 'create /etc/init.d/', 'install /etc/init.d/statelite', 'install /etc/init.d/localdisk', 'record /.statelite']);
    lite(rootimg, ['/etc/ntp.conf']);
    expect(read('opt/f')).toBe('x');
    expect(fs.lstatSync(join(rootimg, 'opt')).isDirectory()).toBe(true);
  });
});

test('a symlink that only looks like one of liteimg, in an image that it never saw, is refused in a row and left alone otherwise', () => {
  fs.symlinkSync('../.statelite/tmpfs/etc/fake', join(rootimg, 'etc/fake'));
  const before = snapshotTree(rootimg);
  expect(() => lite(rootimg, ['/etc/fake'])).toThrow(/it leads to \/\.statelite\/tmpfs\/etc\/fake: \/\.statelite belongs to statelite itself/);
  lite(rootimg, ['/etc/ntp.conf']);
  lite(rootimg, 'original');
  expect(snapshotTree(rootimg)).toEqual(before);
});

test('statelite\'s own directories must be directories', () => {
  fs.symlinkSync('/tmp', join(rootimg, '.default'));
  expect(() => lite(rootimg, ['/etc/ntp.conf'])).toThrow(/\.default is a symlink/);
  expect(SCRIPT_CONTENT.length).toBeGreaterThan(0);
});
