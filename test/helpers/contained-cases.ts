import * as fs from 'node:fs';
import fc from 'fast-check';
import { checkContainment, makeOutside } from './containment.ts';
import { NAMES, randomImages } from './random-images.ts';
import { makeTree, snapshotTree } from './trees.ts';

// A program of its own, run in a root directory that it may litter: every name that random images use is there as a sentinel, so that an absolute
// symlink followed out of an image meets something. Says at the end what was done.
const [cases = 0, seed = 0] = process.argv.slice(2).map(Number);
const SENTINELS = NAMES.map((name) => `/${name}`);

const manifest = (): readonly unknown[] => [fs.readdirSync('/').sort(), ...SENTINELS.map((path) => snapshotTree(path))];

for (const path of SENTINELS) makeTree(path, Object.fromEntries(NAMES.flatMap((name) => [[`${name}/secret`, `sentinel ${path}`], [`${name}/link`, '-> secret']])));
fs.mkdirSync('/case');
makeOutside('/case/outside');
const before = JSON.stringify(manifest());
let done = 0;
fc.assert(fc.property(randomImages('/case/outside'), fc.integer({ min: 1, max: 40 }), (image, stopAt) => {
  checkContainment('/case', image, stopAt);
  done += 1;
  if (done % 50 === 0 && JSON.stringify(manifest()) !== before) throw new Error('something outside the image was touched');
}), { numRuns: cases, seed });
if (JSON.stringify(manifest()) !== before) throw new Error('something outside the image was touched');
process.stdout.write(`${done} cases\n`);
