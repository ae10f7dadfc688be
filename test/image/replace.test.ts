import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isOfImage } from '../../lib/image/parts.ts';
import { changePlaces, finishReplacing, isHalfReplaced, putBootFilesInPlace, putImageInPlace, removeUnfinished } from '../../lib/image/replace.ts';
import { createFiles, type Files } from '../../lib/system/files.ts';
import { createSystem, type System } from '../../lib/system/system.ts';
import { filesKilledAt, Killed } from '../helpers/faults.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

const files = createFiles();
const system = createSystem();
const scratch = temporaryDirectory();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
/** An image's directory; each letter is a generation of tree, kernel and initrd: what is the image, what it replaced, what is ready to take its place. */
function image(now: string, { before = '', made = '', madeBoot = '' } = {}): string {
  const directory = join(scratch, String((count += 1)));
  const boot = (generation: string, kernel: string, initrd: string) => (generation === '' ? {} : { [kernel]: generation, [initrd]: generation });
  makeTree(directory, {
    'rootimg/etc/made': now, ...boot(now, 'kernel', 'initrd-statelite.gz'),
    ...(before === '' ? {} : { 'rootimg.old/etc/made': before }), ...boot(before, 'kernel.old', 'initrd-statelite.gz.old'),
    ...(made === '' ? {} : { '.rootimg.new/etc/made': made }), ...boot(made + madeBoot, '.kernel.new', '.initrd-statelite.gz.new'),
  });
  return directory;
}

const read = (...path: readonly string[]): string => (existsSync(join(...path)) ? readFileSync(join(...path), 'utf8') : '-');
const current = (directory: string): string => ['rootimg/etc/made', 'kernel', 'initrd-statelite.gz'].map((path) => read(directory, path)).join('');
const old = (directory: string): string => ['rootimg.old/etc/made', 'kernel.old', 'initrd-statelite.gz.old'].map((path) => read(directory, path)).join('');

/** Where nothing says that parts may not belong together, they do; an old kernel without its tree is of no use to anybody. */
function expectPairs(directory: string, wanted: RegExp): void {
  if (isHalfReplaced(files, directory)) return;
  expect(current(directory)).toMatch(wanted);
  expect(old(directory)).toMatch(/^((.)\2\2|-..)$/);
}

/** Kills the work at each of its changes in turn, before and after it; `look` sees what is left. */
async function killedEverywhere(start: () => string, work: (system: System, directory: string) => unknown, look: (directory: string) => unknown, wanted = /^(.)\1\1$/): Promise<number> {
  let kills = 0;
  for (const by of ['one call', 'renames'] as const) for (const when of ['before', 'after'] as const) for (let at = 1; ; at += 1) {
    const directory = start();
    const faults = filesKilledAt(at, when, files, by);
    const killed = await Promise.resolve().then(() => work({
      ...system, files: faults.files,
      run: (...words) => {
        faults.files.append(join(scratch, 'runs'), '\n'); // a place to be killed at: a program is one change
        return system.run(...words);
      },
    }, directory)).then(() => false, (error: unknown) => { if (!(error instanceof Killed)) throw error; return true; });
    if (!killed) break;
    kills += 1;
    expectPairs(directory, wanted);
    await look(directory);
    expectPairs(directory, wanted);
    expect(readdirSync(directory).filter((name) => !isOfImage(name))).toEqual([]);
  }
  return kills;
}

/** Tells what it says. */
function finish(directory: string, by: Files = files): readonly string[] {
  const notices: string[] = [];
  finishReplacing(by, { name: 'compute', directory }, (line) => { notices.push(line); });
  return notices;
}

const undo = (directory: string, { files: by }: { readonly files: Files } = system): void => {
  finish(directory, by);
  if (existsSync(join(directory, 'rootimg.old'))) changePlaces(by, directory);
};

describe('A genimage that is killed at any operation while a new image takes its place', () => {
  const start = (): string => image('b', { before: 'a', made: 'c' });
  const put = (by: System, directory: string): Promise<void> => putImageInPlace(by, directory);

  test('is finished by the next command: the new image, whole, with the one before beside it; or nothing of it was put in place', async () => {
    const seen = new Set<string>();
    const kills = await killedEverywhere(start, put, async (directory) => {
      finish(directory);
      await removeUnfinished(system, directory);
      expect(readdirSync(directory).filter((name) => name.endsWith('.new') || name.startsWith('.rootimg.old'))).toEqual([]);
      seen.add(`${current(directory)} ${old(directory).replace(/^-../, 'gone')}`);
    });
    expect([...seen].sort()).toEqual(['bbb aaa', 'bbb gone', 'ccc bbb']);
    expect(kills).toBeGreaterThan(40);
  });

  test('and an undo at once gives back an image that is whole', async () => {
    const seen = new Set<string>();
    await killedEverywhere(start, put, (directory) => {
      undo(directory);
      seen.add(`${current(directory)} ${old(directory).replace(/^-../, 'gone')}`);
    });
    expect([...seen].sort()).toEqual(['aaa bbb', 'bbb ccc', 'bbb gone']);
  });
});

test('An undo that is killed at any operation is finished by the next command, and undone by the next undo', async () => {
  const seen = new Set<string>();
  const kills = await killedEverywhere(() => image('b', { before: 'a' }), (by, directory) => undo(directory, by), (directory) => {
    const was = isHalfReplaced(files, directory) ? 'half' : 'whole';
    expect(finish(directory)).toEqual(was === 'half' ? [expect.stringContaining('Notice: compute: a run was ended')] : []);
    seen.add(`${was} ${current(directory)} ${old(directory)}`);
    undo(directory);
    seen.add(`${was} undone ${current(directory)} ${old(directory)}`);
  });
  expect([...seen].sort()).toEqual(['half aaa bbb', 'half undone bbb aaa', 'whole aaa bbb', 'whole bbb aaa', 'whole undone aaa bbb', 'whole undone bbb aaa']);
  expect(kills).toBeGreaterThan(20);
});

test('A geninitrd that is killed at any operation leaves kernel and initrd of one run, or says that they may not be', async () => {
  const seen = new Set<string>();
  await killedEverywhere(() => image('b', { madeBoot: 'b2' }), (by, directory) => putBootFilesInPlace(by.files, directory), (directory) => {
    finish(directory);
    seen.add(`${current(directory)} ${old(directory)}`);
  }, /^b(b|b2)\1$/);
  expect([...seen].sort()).toEqual(['bb2b2 ---', 'bbb ---']);
});

test('An image that had no kernel gets none of the other one', () => {
  const directory = image('b', { before: 'a' });
  rmSync(join(directory, 'kernel.old'));
  undo(directory);
  expect([current(directory), old(directory)]).toEqual(['a-a', 'bbb']);
  undo(directory);
  expect([current(directory), old(directory)]).toEqual(['bbb', 'a-a']);
});

test('What was to take a place and is gone is an error that says what to do, and nothing else is taken for it', async () => {
  const directory = image('b', { made: 'c' });
  const { files: killing } = filesKilledAt(4, 'before');
  await expect(putImageInPlace({ ...system, files: killing }, directory)).rejects.toThrow(Killed);
  rmSync(join(directory, '.kernel.new'));
  expect(() => finish(directory)).toThrow(expect.objectContaining({ code: 'IMAGE_MISSING', message: expect.stringContaining(join(directory, 'kernel')), hint: expect.stringContaining('then geninitrd') }));
  expect([isHalfReplaced(files, directory), read(directory, 'kernel')]).toEqual([true, 'b']);
  for (const text of ['', '{}', 'null']) {
    writeFileSync(join(directory, '.replacing'), text);
    expect(() => finish(directory)).toThrow(expect.objectContaining({ code: 'IMAGE_MISSING', message: expect.stringContaining('.replacing, which says what a run was doing that was ended, cannot be read') }));
  }
});
