import { describe, expect, test } from '@jest/globals';
import { selectRows } from '../../lib/policy/select.ts';

const image = { name: 'deb', groups: ['lab', 'eu'] };
const row = (cell: string, file: string, options = ''): Record<string, string> => ({ image: cell, file, options });

describe('which litefile rows apply to an image', () => {
  test('image beats group beats ALL and empty, and the reason says so', () => {
    const { rows, problems } = selectRows(image, [row('ALL', '/a', 'ro'), row('eu', '/a', 'con'), row('deb', '/a', 'persistent'), row('', '/b'), row('lab', '/b/', 'ro'), row('other', '/c')]);
    expect(problems).toEqual([]);
    expect(rows.map(({ path, written, level }) => [path, written, level])).toEqual([['/a', 'persistent', 'image'], ['/b', 'ro', 'group']]);
    expect(rows[0]?.reason).toBe('litefile row image=deb file=/a (more specific than image=eu, image=ALL)');
  });

  test('rows come sorted by path', () => {
    expect(selectRows(image, [row('', '/z'), row('', '/a/'), row('', '/m')]).rows.map(({ path }) => path)).toEqual(['/a', '/m', '/z']);
  });

  test('the same path twice at one level is a problem that names both rows', () => {
    const { problems } = selectRows(image, [row('ALL', '/a', 'ro'), row('', '/a/')]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['LITEFILE_INVALID', '/a is listed twice: litefile rows image=ALL file=/a (ro) and image= file=/a/ (blank)'],
    ]);
  });

  test('every unusable row is told with its row, and the others are still read', () => {
    const { rows, problems } = selectRows(image, [row('', 'etc/x'), row('', '/a/../b'), row('', '/c', 'banana'), row('', '/d')]);
    expect(rows.map(({ path }) => path)).toEqual(['/d']);
    expect(problems.map(({ code }) => code)).toEqual(['PATH_INVALID', 'PATH_INVALID', 'OPTION_INVALID']);
    expect(problems[2]?.message).toMatch(/^litefile row image= file=\/c: the option "banana"/);
  });
});
