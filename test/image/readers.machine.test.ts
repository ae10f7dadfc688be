import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { createFiles } from '../../lib/system/files.ts';
import { lite, type Rows } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

const ROUNDS = 200;
const TABLES: readonly (Rows | 'original')[] = [['/srv/data/', '/etc/ntp.conf'], 'original', ['/srv/', '/etc/'], ['/srv/data/deep/', '/etc/ntp.conf ro'], 'original'];

// Opens its files over and over; says how often when its input ends, and stops at the first that is not there.
const READER = 'my $rounds = 0; $SIG{TERM} = sub { print $rounds; exit 0 }; for (;;) { for (@ARGV) { open(my $file, "<", $_) or do { print "$_: $!"; exit 1 }; close $file } $rounds++ }';

const readers: ChildProcess[] = [];
afterEach(() => { for (const reader of readers.splice(0)) reader.kill('SIGKILL'); });

/** A process that reads without end; ends it and says how often it read, or what it missed. */
function startReader(...paths: readonly string[]): () => Promise<string> {
  const reader = spawn('perl', ['-e', READER, ...paths], { stdio: ['ignore', 'pipe', 'inherit'] });
  readers.push(reader);
  let said = '';
  reader.stdout.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const ended = new Promise<void>((resolve) => { reader.on('close', () => resolve()); });
  return async () => {
    reader.kill('SIGTERM');
    await ended;
    return said;
  };
}

test('whoever reads while liteimg works, changes and undoes finds every file at any moment, in directories too', async () => {
  const rootimg = join(temporaryDirectory(), 'rootimg');
  makeTree(rootimg, { 'srv/data/file': 'd', 'srv/data/deep/file': 'f', 'etc/ntp.conf': 'n' });
  const original = snapshotTree(rootimg);
  const readersOf = [['srv/data/file', 'srv/data/deep/file'], ['etc/ntp.conf']].map((names) => startReader(...names.map((name) => join(rootimg, name))));
  for (let round = 0; round < ROUNDS; round += 1) {
    lite(rootimg, TABLES[round % TABLES.length] ?? 'original', createFiles(), 'readers');
    if (round % 20 === 0) await new Promise((resolve) => { setImmediate(resolve); });
  }
  for (const stop of readersOf) {
    const said = await stop();
    expect(said).toMatch(/^\d+$/);
    expect(Number(said)).toBeGreaterThan(ROUNDS);
  }
  expect(snapshotTree(rootimg)).toEqual(original);
}, 120_000);
