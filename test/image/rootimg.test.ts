import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRootimg } from '../../lib/image/rootimg.ts';
import { createFiles } from '../../lib/system/files.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'rootimg-')); });
afterEach(() => rmSync(directory, { recursive: true }));

const find = (where = directory): string => findRootimg(createFiles(), { name: 'compute', directory: where });

test('a directory with /etc is a root tree', () => {
  mkdirSync(join(directory, 'rootimg/etc'), { recursive: true });
  expect(find()).toBe(join(directory, 'rootimg'));
});

test('what is no root tree is refused with the reason', () => {
  expect(() => find()).toThrow('there is no such directory');
  expect(() => find('install/compute')).toThrow('it is not an absolute path');
  mkdirSync(join(directory, 'rootimg'));
  expect(() => find()).toThrow('it has no /etc');
  rmSync(join(directory, 'rootimg'), { recursive: true });
  symlinkSync('/', join(directory, 'rootimg'));
  expect(() => find()).toThrow('it is a symlink');
});
