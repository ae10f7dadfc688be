import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StateliteError } from '../../lib/errors.ts';
import { nestingMatrix } from '../../lib/policy/nesting.ts';
import { ALL_OPTIONS, kindOf, writeOption, type LiteOption } from '../../lib/policy/option.ts';
import { compare, lite } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

/** What a row may stand for, below a directory: a slash at the end is a directory. */
const FILES = ['file', 'symlink', 'dangling', 'missing', 'new/deep/file', 'hard1', 'hard2', 'device', 'pipe', 'socket', 'sparse', 'attributes', 'rights', 'capable', 'blank name', '-dash', '$dollar', '[x]', 'c++', 'é', `'quotes"`, 'back\\slash', '*', '#', '%s'];
const DIRECTORIES = ['directory/', 'empty/', 'absent/', 'new/other/', 'to-directory/', 'a b/', '-d/', 'ü/'];

let rootimg = '';
let server: Server | undefined;
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'latin1', cwd: rootimg });

beforeEach(async () => {
  rootimg = join(temporaryDirectory(tmpdir()), 'rootimg'); // a disk: attributes as they really are
  makeTree(rootimg, {
    'top/file': 'f', 'top/hard1': 'h', 'top/sparse': '', 'top/attributes': 'a', 'top/rights': 'r', 'top/capable': 'c', 'top/directory/inner': 'i', 'top/directory/sub/': '', 'top/empty/': '',
    'top/a b/x': 'x', 'top/-d/x': 'x', 'top/ü/x': 'x', 'top/symlink': '-> other', 'top/other': 'o', 'top/dangling': '-> nowhere', 'top/to-directory': '-> real', 'top/real/x': 'x', 'var/a/b/c/d/e/file': 'deep',
    ...Object.fromEntries(['blank name', '-dash', '$dollar', '[x]', 'c++', 'é', `'quotes"`, 'back\\slash', '*', '#', '%s'].map((name) => [`top/${name}`, name])),
  });
  fs.linkSync(join(rootimg, 'top/hard1'), join(rootimg, 'top/hard2'));
  run('mknod', 'top/device', 'c', '1', '3');
  run('mkfifo', 'top/pipe');
  run('truncate', '-s', '1M', 'top/sparse');
  run('setfattr', '-n', 'user.origin', '-v', 'vendor', 'top/attributes');
  run('setfacl', '-m', 'u:1234:rw', 'top/rights', 'top/directory');
  run('setcap', 'cap_net_raw+ep', 'top/capable');
  server = createServer();
  await new Promise<void>((resolve) => { server?.listen(join(rootimg, 'top/socket'), resolve); });
  fs.writeFileSync(Buffer.from(`${rootimg}/top/directory/latin-1 \xe9`, 'latin1'), 'n');
});

afterEach(() => new Promise((resolve) => { server?.close(resolve); }));

/** All that can be told of the tree but times of what liteimg may not know: attributes, ACLs, capabilities, inodes, number of names, blocks. */
const everything = (): readonly string[] => [
  run('getfattr', '-R', '-h', '-d', '-m', '-', '-e', 'hex', '.').split('\n\n').sort().join('\n\n'),
  run('getfacl', '-R', '-P', '-n', '.').split('\n\n').sort().join('\n\n'),
  run('find', '.', '-printf', '%p %i %n %b %s %M %U:%G %y %l ').split('\n').join(),
  run('find', '.', '-not', '-type', 'l', '-printf', '%p %t\n').split('\n').filter((line) => !line.startsWith('. ')).map((line) => line.replace(/(\.\d{6})\d+/, '$1')).sort().join('\n'),
];

/** The names an option may stand for. */
const namesFor = (option: LiteOption): readonly string[] => [...option.mechanism === 'overlay' ? [] : FILES, ...kindOf(option) === 'con' ? [] : DIRECTORIES];

/** What programs in the image find at each name, symlinks followed. */
const contents = (): readonly string[] => ['file', 'symlink', 'hard1', 'attributes', 'blank name', '-dash', 'é', 'directory/inner', 'to-directory/x', 'ü/x'].map((name) => fs.readFileSync(join(rootimg, 'top', name), 'utf8'));

function holds(rows: readonly string[]): void {
  const [before, read] = [everything(), contents()];
  lite(rootimg, rows);
  expect(contents()).toEqual(read);
  expect(compare(rootimg, rows).operations).toEqual([]);
  expect(fs.readdirSync(join(rootimg, 'top/directory'), { encoding: 'latin1' })).toContain('latin-1 \xe9');
  lite(rootimg, 'original');
  expect(everything()).toEqual(before);
}

describe('every option, for whatever is at a path', () => {
  test.each(ALL_OPTIONS.map((option) => [writeOption(option), option] as const))('%s', (words, option) => {
    const rows = namesFor(option).map((name) => `/top/${name} ${words}`);
    lite(rootimg, rows);
    const isLink = (name: string): boolean => fs.lstatSync(join(rootimg, 'top', name.replace(/\/$/, '')), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    expect(namesFor(option).filter((name) => isLink(name) !== (option.mechanism === 'link') && !['symlink', 'dangling', 'to-directory/'].includes(name))).toEqual([]);
    lite(rootimg, 'original');
    holds(rows);
  });
});

describe('every cell of the matrix, with the rows that may stand below the directory', () => {
  const cells = nestingMatrix().filter(({ parent }) => kindOf(parent) !== 'con').map((cell) => [writeOption(cell.parent), writeOption(cell.child), cell] as const);

  test.each(cells)('%s with %s below it', (parent, child, { verdict, child: option }) => {
    const rows = [`/top/ ${parent}`, ...namesFor(option).map((name) => `/top/${name} ${child}`)];
    if (verdict.allowed) {
      holds(rows);
      return;
    }
    const before = snapshotOf();
    let refused: unknown;
    try {
      lite(rootimg, rows);
    } catch (error) {
      refused = error;
    }
    if (!(refused instanceof StateliteError)) throw new Error('it was not refused');
    expect(refused.problems.map(({ code }) => code)).toEqual(refused.problems.map(() => 'NESTING_REFUSED'));
    expect(refused.problems.length).toBeGreaterThan(5);
    for (const { message, hint } of refused.problems) expect([message, hint]).toEqual([expect.stringContaining(verdict.reason), verdict.instead]);
    expect(snapshotOf()).toEqual(before);
  });

  test('a directory with con is refused, and says what to write', () => {
    expect(() => lite(rootimg, ['/top/ con', '/srv/x con'])).toThrow('/top/ is directory, don\'t use "con" as its option');
  });

  const snapshotOf = (): unknown => [everything(), snapshotTree(join(rootimg, 'top/real'))];
});

test('five levels deep, each kind of storage below a directory in RAM, the tree is what a first run makes and undo the original', () => {
  const rows = ['/var/', '/var/a/', '/var/a/b/', '/var/a/b/c/ persistent', '/var/a/b/c/d/ persistent', '/var/a/b/c/d/e/file persistent', '/var/a/ro ro', '/var/a/con con', '/var/a/disk/ localdisk', '/var/a/disk/x localdisk'];
  holds([...rows, '/top/']);
  expect(fs.readFileSync(join(rootimg, 'var/a/b/c/d/e/file'), 'utf8')).toBe('deep');
});
