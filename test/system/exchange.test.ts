import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { exchangeAll, type Exchange } from '../../lib/system/exchange.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

const NAMES = ['plain', 'blank name', '-dash', '$dollar', 'é[1]', '42', 'new\nline'];
const WITH_PERL = undefined;
const WITHOUT_PERL = '/no/such/perl';

let root = '';
let pairs: readonly Exchange[] = [];
const spare = (): string => join(root, 'spare');

beforeEach(() => {
  root = temporaryDirectory();
  pairs = NAMES.map((name) => ({ link: join(root, `link ${name}`), directory: join(root, `directory ${name}`) }));
  for (const { link, directory } of pairs) {
    fs.symlinkSync('text', link);
    fs.mkdirSync(directory);
  }
});

const areExchanged = (): readonly boolean[] => pairs.map(({ link, directory }) => fs.lstatSync(link).isDirectory() && fs.lstatSync(directory).isSymbolicLink());

describe.each([['with perl', WITH_PERL], ['without perl', WITHOUT_PERL]] as const)('symlinks and directories change places %s', (_title, perl) => {
  test('whatever their names are, and nothing else is left', () => {
    exchangeAll(pairs, spare(), { perl });
    expect(areExchanged()).toEqual(pairs.map(() => true));
    expect(fs.readdirSync(root).length).toBe(2 * NAMES.length);
  });

  test('up to the first that cannot, which is named and left as it was; the rest is not touched', () => {
    fs.rmdirSync(pairs[3]?.directory ?? '');
    expect(() => exchangeAll(pairs, spare(), { perl })).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(pairs.map(({ link }) => fs.lstatSync(link).isDirectory())).toEqual([true, true, true, false, false, false, false]);
    expect(fs.existsSync(spare())).toBe(false);
  });
});

test('without perl, what a stopped run has exchanged already is left alone', () => {
  exchangeAll(pairs.slice(0, 3), spare());
  exchangeAll(pairs, spare(), { perl: WITHOUT_PERL });
  expect(areExchanged()).toEqual(pairs.map(() => true));
});

test('no pairs take no process', () => expect(() => exchangeAll([], spare(), { perl: WITHOUT_PERL })).not.toThrow());
