import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { StateliteError } from '../../lib/errors.ts';
import { compare, lite, type Rows } from '../helpers/liting.ts';
import { makeTree, snapshotTree, type TreeSpec } from '../helpers/trees.ts';

const IMAGE: TreeSpec = { 'etc/ntp.conf': 'ntp', 'etc/ssh/sshd_config': 'sshd', 'var/log/messages': 'm', 'var/lib/x/y': 'y', 'root/.bashrc': 'rc', 'etc/init.d/': '' };
const ROWS: Rows = ['/etc/ntp.conf', '/etc/ssh/', '/var/log/', '/var/lib/x/y persistent', '/root/.bashrc ro', '/opt/new/', '/opt/file'];
const OTHER: Rows = ['/var/', '/etc/ssh/sshd_config', '/srv/data/'];
const READABLE = Object.entries(IMAGE).filter(([name]) => !name.endsWith('/'));

let mounted = '';

function unmount(): void {
  if (mounted === '') return;
  execFileSync('umount', [mounted]);
  fs.rmdirSync(mounted);
  mounted = '';
}

afterEach(unmount);

/** A file system of its own in RAM with the image on it. */
function mountImage(options: string): string {
  mounted = fs.mkdtempSync(join(tmpdir(), 'statelite-test-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'statelite-test', mounted]);
  makeTree(join(mounted, 'rootimg'), IMAGE);
  return join(mounted, 'rootimg');
}

const remount = (options: string): void => { execFileSync('mount', ['-o', `remount,${options}`, mounted]); };

function attempt(work: () => unknown): StateliteError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  }
}

const state = (rootimg: string): Record<string, string> =>
  snapshotTree(rootimg, { anyTime: (path) => path === '/' || path.startsWith('/.') || path.startsWith('/opt') || path.startsWith('/srv') || path.startsWith('/etc/init.d/') });

// A run that has no room for its journal has nowhere to write the time of the root down.
const withoutRootTime = (snapshot: Record<string, string>): Record<string, string> => ({ ...snapshot, '/': '' });

/** What programs in the image would read: every file is there, through its link or not. */
const contents = (rootimg: string): readonly (readonly [string, string])[] => READABLE.map(([name]) => [name, fs.readFileSync(join(rootimg, name), 'utf8')]);

describe('a disk that is full after any number of new names', () => {
  test.each([['a first run', []], ['a change of the table', OTHER]] as const)('%s stops and says so, no file is missing, and with more room the next run goes on', (_title, before) => {
    const reference = mountImage('size=8m');
    lite(reference, ROWS);
    const wanted = state(reference);
    unmount();
    let stops = 0;
    for (let room = 0; ; room += 1) {
      const rootimg = mountImage('size=8m');
      if (before.length > 0) lite(rootimg, before);
      const inUse = fs.statfsSync(mounted).files - fs.statfsSync(mounted).ffree;
      remount(`nr_inodes=${inUse + room}`);
      const error = attempt(() => lite(rootimg, ROWS));
      if (error !== undefined) {
        stops += 1;
        expect([room, error.code, error.message, error.hint]).toEqual([room, 'FILE_SYSTEM', expect.stringContaining('ENOSPC'), expect.stringContaining('the disk is full')]);
        expect([room, contents(rootimg)]).toEqual([room, READABLE]);
      }
      remount('nr_inodes=1000');
      lite(rootimg, ROWS);
      expect([room, state(rootimg)]).toEqual([room, wanted]);
      unmount();
      if (error === undefined) break;
    }
    expect(stops).toBeGreaterThan(5);
  }, 60_000);

  test('an undo after that gives the original back, or says that it needs room to begin', () => {
    let undone = 0;
    for (let room = 0; room < 30; room += 2) {
      const rootimg = mountImage('size=8m');
      const original = snapshotTree(rootimg);
      const inUse = fs.statfsSync(mounted).files - fs.statfsSync(mounted).ffree;
      remount(`nr_inodes=${inUse + room}`);
      attempt(() => lite(rootimg, ROWS));
      const error = attempt(() => lite(rootimg, 'original'));
      if (error === undefined) undone += 1;
      else expect([room, error.message, contents(rootimg)]).toEqual([room, expect.stringContaining('ENOSPC'), READABLE]);
      remount('nr_inodes=1000');
      lite(rootimg, 'original');
      expect([room, withoutRootTime(snapshotTree(rootimg))]).toEqual([room, withoutRootTime(original)]);
      unmount();
    }
    expect(undone).toBeGreaterThan(0);
  }, 60_000);

  test('a disk without room for content stops the run before it changes anything', () => {
    const rootimg = mountImage('size=128k');
    try {
      fs.writeFileSync(join(mounted, 'filler'), Buffer.alloc(1 << 18));
    } catch { /* that is what it is for */ }
    const original = snapshotTree(rootimg);
    expect(attempt(() => lite(rootimg, ROWS))?.message).toContain('ENOSPC');
    expect(contents(rootimg)).toEqual(READABLE);
    fs.rmSync(join(mounted, 'filler'));
    lite(rootimg, 'original');
    expect(withoutRootTime(snapshotTree(rootimg))).toEqual(withoutRootTime(original));
  });
});

describe('a file system that is mounted read-only', () => {
  test('is told with what to do, and nothing is changed, whether liteimg runs, changes or undoes', () => {
    const rootimg = mountImage('size=8m');
    for (const [before, now] of [[undefined, ROWS], [ROWS, OTHER], [ROWS, 'original']] as const) {
      if (before !== undefined) lite(rootimg, before);
      remount('ro');
      const start = snapshotTree(rootimg);
      expect(attempt(() => lite(rootimg, now))).toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('EROFS') as unknown, hint: expect.stringContaining('mount it read-write') as unknown });
      expect(snapshotTree(rootimg)).toEqual(start);
      remount('rw');
    }
    lite(rootimg, ROWS);
    expect(compare(rootimg, ROWS).operations).toEqual([]);
  });
});

describe('a file that must not be changed (chattr +i)', () => {
  test.each(['etc/ntp.conf', 'root/.bashrc', 'var/log', 'etc', 'var/lib/x/y'])('%s stops the run at it, nothing is missing, the rest can be undone, and without the mark the next run goes on', (path) => {
    const rootimg = mountImage('size=8m');
    const original = snapshotTree(rootimg);
    execFileSync('chattr', ['+i', join(rootimg, path)]);
    try {
      expect(attempt(() => lite(rootimg, ROWS))).toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('EPERM') as unknown, hint: expect.stringContaining('lsattr') as unknown });
      expect(contents(rootimg)).toEqual(READABLE);
      expect(attempt(() => lite(rootimg, 'original'))?.message ?? '').toMatch(path === 'etc' || path === 'var/log' ? /^(|utimes .*EPERM)$/ : /^$/);
    } finally {
      execFileSync('chattr', ['-i', join(rootimg, path)]);
    }
    lite(rootimg, 'original');
    expect(snapshotTree(rootimg)).toEqual(original);
    lite(rootimg, ROWS);
    expect(compare(rootimg, ROWS).operations).toEqual([]);
  });

  test.each(['var/log', 'etc/ssh', 'etc/ntp.conf'])('the kept original of %s stops an undo at it, and the path is not missing', (path) => {
    const rootimg = mountImage('size=8m');
    const original = snapshotTree(rootimg);
    lite(rootimg, ROWS);
    execFileSync('chattr', ['+i', join(rootimg, '.default', path)]);
    try {
      expect(attempt(() => lite(rootimg, 'original'))).toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('EPERM') as unknown });
      expect(contents(rootimg)).toEqual(READABLE);
    } finally {
      execFileSync('chattr', ['-i', join(rootimg, '.default', path)]);
    }
    lite(rootimg, 'original');
    expect(snapshotTree(rootimg)).toEqual(original);
  });
});
