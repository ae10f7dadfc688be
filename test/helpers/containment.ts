import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { StateliteError } from '../../lib/errors.ts';
import type { Exchange } from '../../lib/system/exchange.ts';
import type { Files } from '../../lib/system/files.ts';
import { filesKilledAt, filesWithoutPerl, Killed } from './faults.ts';
import { compare, lite, type Rows } from './liting.ts';
import type { RandomImage } from './random-images.ts';
import { makeTree, snapshotTree } from './trees.ts';

/** Host directory of a case: what images may name and nobody may touch. */
export function makeOutside(outside: string): void {
  makeTree(outside, { secret: 'secret', 'directory/file': 'file', 'directory/empty/': '', 'etc/a': 'a', 'link': '-> secret' });
}

/**
 * Runs an image through its tables, one of the runs stopped half way, and an undo. Each table is either refused with nothing changed, or
 * applied so that a second run has nothing to do; at the end the image is what it was, and outside nothing was touched or read.
 */
export function checkContainment(directory: string, { entries, tables }: RandomImage, stopAt: number): void {
  const rootimg = join(directory, 'rootimg');
  makeImage(rootimg, entries);
  const outside = join(directory, 'outside');
  const before = [snapshotTree(outside), snapshotTree(rootimg)];
  const files = guarded(rootimg);
  for (const [index, rows] of tables.entries()) {
    const start = snapshotTree(rootimg);
    try {
      compare(rootimg, rows, files);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      expect(snapshotTree(rootimg)).toEqual(start);
      continue;
    }
    if (index === 1) stopped(rootimg, rows, stopAt, files);
    lite(rootimg, rows, files);
    expect(compare(rootimg, rows, files).operations).toEqual([]);
  }
  expect(snapshotTree(outside)).toEqual(before[0]);
  lite(rootimg, 'original', files);
  expect([snapshotTree(outside), withoutRootTime(snapshotTree(rootimg))]).toEqual([before[0], withoutRootTime(before[1] ?? {})]);
}

// --- internal ---

const withoutRootTime = (snapshot: Record<string, string>): Record<string, string> => ({ ...snapshot, '/': '' });

function makeImage(rootimg: string, entries: RandomImage['entries']): void {
  fs.rmSync(rootimg, { recursive: true, force: true });
  fs.mkdirSync(rootimg, { recursive: true });
  for (const [name, content] of entries) {
    const path = join(rootimg, name);
    if (!isPlain(rootimg, dirname(name)) || fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    makeTree(dirname(path), {});
    if (content.startsWith('-> ')) fs.symlinkSync(content.slice(3), path);
    else if (content === '/') fs.mkdirSync(path);
    else fs.writeFileSync(path, content.slice(1));
  }
  makeTree(rootimg, {});
}

// True when no name of the path is a symlink or file: making the test's own image must not leave it either.
function isPlain(rootimg: string, path: string): boolean {
  let at = rootimg;
  return path.split('/').filter((name) => name !== '.').every((name) => {
    at = join(at, name);
    return fs.lstatSync(at, { throwIfNoEntry: false })?.isDirectory() ?? true;
  });
}

function stopped(rootimg: string, rows: Rows, at: number, files: Files): void {
  try {
    lite(rootimg, rows, filesKilledAt(at, at % 2 === 0 ? 'before' : 'after', files).files);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

// Files that check each path they are asked for: inside the image, and no symlink on the way to it.
function guarded(rootimg: string): Files {
  const files: Files = { ...filesWithoutPerl(), writeAtomic: writeWithoutSync };
  const check = (argument: unknown): void => {
    if (typeof argument !== 'string' || !argument.startsWith('/')) return;
    if (argument !== rootimg && !argument.startsWith(`${rootimg}/`)) throw new Error(`${argument} is outside`);
    const inside = argument.slice(rootimg.length + 1);
    if (argument !== rootimg && !isPlain(rootimg, dirname(inside))) throw new Error(`${argument} is behind a symlink`);
  };
  const call = (name: string, original: (...args: never[]) => unknown) => (...args: never[]): unknown => {
    if (name === 'exchange') for (const { link, directory } of args[0] as unknown as readonly Exchange[]) for (const path of [link, directory]) check(path);
    for (const argument of name === 'symlink' ? args.slice(1) : args.slice(0, name === 'hardLink' || name === 'rename' ? 2 : 1)) check(argument);
    return original(...args);
  };
  return Object.fromEntries(Object.entries(files).map(([name, original]) => [name, call(name, original as (...args: never[]) => unknown)])) as unknown as Files;
}

// A case takes a dozen writes, and syncing each would take all the time there is.
function writeWithoutSync(path: string, content: string | Buffer, mode = 0o644): void {
  fs.writeFileSync(`${path}.part`, content, { mode });
  fs.renameSync(`${path}.part`, path);
}
