import { describe, expect, test } from '@jest/globals';
import { isNumber, isOctalMode, oneOf } from '../../tables/checks.ts';
import { rowProblems } from '../../tables/check-row.ts';
import { columnOf, tableOf, TABLES } from '../../tables/index.ts';
import { MIGRATIONS } from '../../tables/migrations/index.ts';

describe('tables', () => {
  test('every table ends in comments and disable, and its keys and required columns are columns', () => {
    for (const table of TABLES.values()) {
      const names = table.columns.map((column) => column.name);
      expect(names.slice(-2)).toEqual(['comments', 'disable']);
      expect(new Set(names).size).toBe(names.length);
      for (const name of [...table.keys, ...table.required]) expect(names).toContain(name);
      expect(names.slice(0, -2)).toEqual(expect.arrayContaining([...table.keys]));
    }
  });

  test('every column has a help text that is a sentence', () => {
    const columns = [...TABLES.values()].flatMap((table) => [{ help: table.help }, ...table.columns]);
    expect(columns.filter(({ help }) => !/^.+[.:]$/.test(help))).toEqual([]);
  });

  test('the migrations make every table with exactly its columns', () => {
    for (const table of TABLES.values()) {
      const body = new RegExp(`CREATE TABLE "${table.name}" \\((.*?)\\n\\);`, 's').exec(MIGRATIONS.join('\n'))?.[1] ?? '';
      const added = new RegExp(`ALTER TABLE "${table.name}" ADD COLUMN ("\\w+" text)`, 'g');
      const made = [body, ...[...MIGRATIONS.join('\n').matchAll(added)].map(([, column = '']) => column)].join();
      expect([...made.matchAll(/"(\w+)" text/g)].map(([, name]) => name).sort()).toEqual(table.columns.map((column) => column.name).sort());
      expect(body).toContain(`PRIMARY KEY (${table.keys.map((key) => `"${key}"`).join(', ')})`);
    }
  });

  test('litefile, litetree and statelite have the columns of the 2010 design, with mount options', () => {
    expect(header('litefile')).toBe('image,file,options,comments,disable');
    expect(header('litetree')).toBe('priority,image,directory,mntopts,comments,disable');
    expect(header('statelite')).toBe('node,image,statemnt,mntopts,comments,disable');
  });

  test('an unknown table or column is named, with what there is', () => {
    expect(() => tableOf('litefiles')).toThrow('Table litefiles does not exist');
    expect(() => columnOf(tableOf('litefile'), 'option')).toThrow('table litefile has no column option; it has image, file, options, comments, disable');
  });
});

describe('checks', () => {
  test('litefile paths and options are held to what the policy can read', () => {
    expect(rowProblems('litefile', { file: '/etc/..conf', options: 'link,persistent' }, true)).toEqual([]);
    expect(rowProblems('litefile', { file: 'etc/x', options: 'sometimes' }, true).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^litefile row image= file=etc\/x: file: .*absolute path/), expect.stringMatching(/: options: .*sometimes is no option/),
    ]);
    expect(rowProblems('litefile', { image: 'ALL' }, true).map(({ message }) => message)).toEqual(['litefile row image=ALL file=: file: must be set']);
  });

  test.each(['rw', 'vers=4.2,rw', 'nocto, defaults'])('an NFS root is read-only: nfsrootopts %j is refused', (nfsrootopts) => {
    expect(rowProblems('osimage', { imagename: 'a', nfsrootopts }, true)).toMatchObject([{ code: 'ROW_INVALID', message: expect.stringMatching(/nfsrootopts: '(rw|defaults)' may not be in it/) }]);
    expect(rowProblems('osimage', { imagename: 'a', nfsrootopts: 'vers=4.2,nordirplus' }, true)).toEqual([]);
  });

  test('numbers, modes and words are held to their form', () => {
    expect([isNumber('4.7'), isNumber('1'), isOctalMode('0755'), oneOf('a', 'b')('a')]).toEqual([undefined, undefined, undefined, undefined]);
    expect([isNumber('-1'), isNumber('x'), isOctalMode('9'), oneOf('a', 'b')('c')]).not.toContain(undefined);
  });
});

// --- internal ---

const header = (name: string): string => tableOf(name).columns.map((column) => column.name).join(',');
