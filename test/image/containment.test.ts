import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkContainment, makeOutside } from '../helpers/containment.ts';
import { lite } from '../helpers/liting.ts';
import { randomImages } from '../helpers/random-images.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

test('an absolute symlink to a directory of the host in the way of a row is followed inside the image only', () => {
  const directory = temporaryDirectory(tmpdir()); // below /dev every path would be volatile
  const [rootimg, outside] = [join(directory, 'rootimg'), join(directory, 'outside')];
  makeTree(outside, { 'data/f': 'host' });
  makeTree(rootimg, { srv: `-> ${outside}`, 'etc/shadow': `-> ${outside}/data/f`, 'etc/up': `-> ../../outside/data/f` });
  const before = snapshotTree(outside);
  lite(rootimg, ['/srv/data/f', '/srv/new/', '/etc/shadow', '/etc/up']);
  expect(snapshotTree(outside)).toEqual(before);
  expect(fs.readFileSync(join(rootimg, `.default${outside}/data/f`), 'utf8')).toBe('');
  expect(fs.readlinkSync(join(rootimg, 'srv'))).toBe(outside);
});

test('whatever an image and a table hold, nothing outside is touched, a second run does nothing and an undo gives the image back', () => {
  const directory = temporaryDirectory(tmpdir()); // below /dev every path would be volatile
  const outside = join(directory, 'outside');
  makeOutside(outside);
  fc.assert(fc.property(randomImages(outside), fc.integer({ min: 1, max: 40 }), (image, stopAt) => checkContainment(directory, image, stopAt)), { numRuns: 400 });
}, 60_000);
