import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { asset } from '../../lib/system/assets.ts';
import { formatCsv, parseCsv } from '../../tables/csv.ts';
import { tableOf, TABLES } from '../../tables/index.ts';
import { legalRows } from '../helpers/legal-rows.ts';

const litefile = tableOf('litefile');

describe('formatCsv', () => {
  test('prints the header with #, quotes every value, doubles inner quotes and leaves unset cells empty', () => {
    expect(formatCsv(litefile, [{ image: 'ALL', file: '/etc/"x",y', options: 'ro' }, { file: '/b' }]))
      .toBe('#image,file,options,comments,disable\n"ALL","/etc/""x"",y","ro",,\n,"/b",,,');
  });
});

describe('parseCsv', () => {
  test.each([...TABLES.values()])('gives back any rows of $name that formatCsv printed', async (table) => {
    await fc.assert(fc.asyncProperty(legalRows(table), async (rows) => {
      const read = await parseCsv(table, formatCsv(table, rows));
      expect({ rows: read.rows, problems: read.problems, hasHeader: read.hasHeader }).toEqual({ rows, problems: [], hasHeader: true });
    }), { numRuns: 60 });
  });

  test.each(['', '\n\n', '\uFEFF'])('takes %j for a lost file, not for a table without rows', async (text) => {
    expect(await parseCsv(litefile, text)).toEqual({ rows: [], doubts: [], hasHeader: false, problems: [{ line: 1, reason: expect.stringContaining('#image,file,options') }] });
  });

  test('reads the sample list as the 2010 design prints it, and it is the list that is shipped', async () => {
    const shipped = await parseCsv(litefile, readFileSync(asset('tables/samples/litefile.csv'), 'utf8'));
    const printed = await parseCsv(litefile, [
      'image,file,options,comments,disable  ', ...shipped.rows.map(({ file = '' }) => `"ALL", "${file}" ,,,`),
    ].join('\n'));
    expect(shipped.problems).toEqual([]);
    expect(shipped.rows).toHaveLength(40);
    expect(shipped.rows[0]).toEqual({ image: 'ALL', file: '/etc/adjtime' });
    expect(printed).toEqual(shipped);
  });

  test('follows the order of the header and takes short rows, comments, blank lines, CRLF and surplus commas', async () => {
    const text = '# a comment\r\n#file,image\r\n"/a",ALL\r\n\r\n#"/gone",ALL\r\n/b\r\n"/c",,,,,\r\n';
    expect(await parseCsv(litefile, text)).toEqual({ rows: [{ file: '/a', image: 'ALL' }, { file: '/b' }, { file: '/c' }], problems: [], doubts: [], hasHeader: true });
  });

  test('without a header the columns are those of the table', async () => {
    expect((await parseCsv(litefile, '"ALL","/a","ro"\n')).rows).toEqual([{ image: 'ALL', file: '/a', options: 'ro' }]);
  });

  test('reports every bad row with its line and column, and the good rows as well', async () => {
    const text = '#image,file,options\n"ALL","a",,\n"ALL","/ok"\n"x","/multi\nline"\n"ALL",,\n"ALL","/ok","ro"\n,"/e",ro,b\n"q"x,"/f"\n"ALL","/last"';
    const { rows, problems } = await parseCsv(litefile, text);
    expect(rows.map(({ file }) => file)).toEqual(['/ok', '/last']);
    expect(problems.map(({ line, column }) => [line, column])).toEqual([[2, 'file'], [4, 'file'], [6, 'file'], [7, 'image,file'], [8, undefined], [9, undefined]]);
    expect(problems[3]?.reason).toBe('the same row stands in line 3');
    expect(problems[4]?.reason).toBe('has 4 values for 3 columns');
  });

  test('names a header column that the table does not have when something stands in it', async () => {
    expect((await parseCsv(litefile, '#image,file,colour\nALL,/a,\nALL,/b,red\n')).problems).toEqual([{ line: 1, column: 'colour', reason: 'table litefile has no such column' }]);
    expect((await parseCsv(litefile, '#image,file,option\nALL,/b,ro\n')).problems).toEqual([{ line: 1, column: 'option', reason: 'table litefile has no such column; did you mean options?' }]);
    expect(await parseCsv(litefile, '#image,file,colour\nALL,/a,\n')).toEqual({ rows: [{ image: 'ALL', file: '/a' }], problems: [], doubts: [], hasHeader: true });
  });

  test('a quote that is never closed is one problem, not a silent end', async () => {
    const { rows, problems } = await parseCsv(litefile, '#image,file\nALL,"/a\nALL,/b\n');
    expect(rows).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toMatch(/[Qq]uote/);
  });
});
