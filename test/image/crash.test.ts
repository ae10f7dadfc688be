import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { filesKilledAt, filesWithoutPerl, Killed } from '../helpers/faults.ts';
import { compare, lite, type Rows } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const IMAGE: TreeSpec = {
  'etc/ntp.conf': 'ntp', 'etc/ssh/sshd_config': 'sshd', 'etc/ssh/keys/': '', 'var/log/messages': 'm', 'var/log/old/': '', 'var/lib/x/y': 'y',
  'var/run': '-> /run', 'root/.bashrc': 'rc', 'run/': '',
};

const FIRST: Rows = ['/etc/ntp.conf', '/etc/ssh/ ro', '/var/log/', '/var/log/old/new persistent', '/root/.bashrc', '/opt/made/deep/', '/srv/data/ bind', '/var/lib/x/y con'];
const SECOND: Rows = ['/var/', '/etc/ssh/sshd_config', '/opt/made', '/etc/ntp.conf persistent', '/root/.profile'];

const FILES = filesWithoutPerl();

type Run = Rows | 'original';

/** What an interrupted and an uninterrupted run must have in common: everything, times included, but for what liteimg itself made. */
function state(rootimg: string): Record<string, string> {
  const created = new Set(OWN);
  const manifest = join(rootimg, '.statelite/manifest.json');
  if (fs.existsSync(manifest)) for (const path of (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { readonly created: readonly string[] }).created) created.add(path);
  return snapshotTree(rootimg, { anyTime: (path) => created.has(path) || created.has(path.replace(/^\/(\.default|\.statelite\/tmpfs)/, '')) });
}

const OWN = ['/', '/.statelite', '/.statelite/tmpfs', '/.default', '/.statelite/manifest.json'];

function freshImage(...runs: readonly Run[]): string {
  const rootimg = join(temporaryDirectory(), 'rootimg');
  makeTree(rootimg, IMAGE);
  fs.chmodSync(join(rootimg, 'root'), 0o700);
  for (const run of runs) lite(rootimg, run, FILES);
  return rootimg;
}

/** Stops the last run at every change, then does `after`; hands each tree to `check`. Returns how often it was stopped. */
function stopEverywhere(before: readonly Run[], stopped: Run, after: Run, check: (rootimg: string, at: string) => void, by: 'one call' | 'renames' = 'one call'): number {
  let points = 0;
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; ; at += 1) {
      const rootimg = freshImage(...before);
      const { files, changes } = filesKilledAt(at, when, FILES, by);
      try {
        lite(rootimg, stopped, files);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      if (changes() < at) break;
      points += 1;
      lite(rootimg, after, FILES);
      check(rootimg, `${when} change ${at}`);
    }
  }
  return points;
}

describe('liteimg stopped at any change', () => {
  const cases: readonly (readonly [title: string, before: readonly Run[], stopped: Run, after: Run])[] = [
    ['a first run, then the same again', [], FIRST, FIRST],
    ['a first run, then another table', [], FIRST, SECOND],
    ['a first run, then an undo', [], FIRST, 'original'],
    ['a change of the table, then the same again', [FIRST], SECOND, SECOND],
    ['a change of the table, then back', [FIRST], SECOND, FIRST],
    ['a change of the table, then an undo', [FIRST], SECOND, 'original'],
    ['an undo, then the same again', [SECOND], 'original', 'original'],
    ['an undo, then the table again', [FIRST], 'original', FIRST],
  ];

  test.each(cases)('%s: the tree is as if nothing had happened', (_title, before, stopped, after) => {
    const wanted = state(freshImage(after));
    const points = stopEverywhere(before, stopped, after, (rootimg, at) => {
      expect([at, state(rootimg)]).toEqual([at, wanted]);
      expect([at, compare(rootimg, after).operations]).toEqual([at, []]);
    });
    expect(points).toBeGreaterThan(40);
  }, 120_000);

  test.each(cases.slice(3, 8))('where names cannot be exchanged, %s: the tree is as if nothing had happened', (_title, before, stopped, after) => {
    const wanted = state(freshImage(after));
    const points = stopEverywhere(before, stopped, after, (rootimg, at) => {
      expect([at, state(rootimg)]).toEqual([at, wanted]);
    }, 'renames');
    expect(points).toBeGreaterThan(40);
  }, 120_000);

  test('twice in a row, at different changes', () => {
    const wanted = state(freshImage(SECOND));
    for (let first = 3; first < 60; first += 9) {
      for (let second = 2; second < 60; second += 7) {
        const rootimg = freshImage(FIRST);
        for (const at of [first, second]) {
          try {
            lite(rootimg, SECOND, filesKilledAt(at, 'before', FILES).files);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
          }
        }
        lite(rootimg, SECOND, FILES);
        expect([first, second, state(rootimg)]).toEqual([first, second, wanted]);
      }
    }
  }, 60_000);

  test.each([['/etc/ntp.conf', 'etc/ntp.conf', 'ntp'], ['/etc/ssh/', 'etc/ssh/sshd_config', 'sshd']])('%s is never missing while its link is made, moved or taken away', (row, file, content) => {
    for (const [before, run] of [[[], [row]], [[[row]], 'original'], [[[row]], ['/root/.bashrc']], [[[row]], ['/etc/']], [[['/etc/']], [row]]] as const) {
      for (let at = 1; ; at += 1) {
        const rootimg = freshImage(...before);
        const { files, changes } = filesKilledAt(at, 'after', FILES);
        try {
          lite(rootimg, run, files);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        expect([at, fs.readFileSync(join(rootimg, file), 'utf8')]).toEqual([at, content]);
        if (changes() < at) break;
      }
    }
  });
});
