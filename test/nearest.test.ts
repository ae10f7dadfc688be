import { describe, expect, test } from '@jest/globals';
import { meant, nearest } from '../lib/nearest.ts';

describe('nearest', () => {
  test.each([
    ['netbot', ['netboot']], ['ntboot', ['netboot']], ['nebtoot', ['netboot']], ['NETBOOT', ['netboot']], ['net', ['netboot']], ['netboo', ['netboot']], ['x', []], ['tftpdri', ['tftpdir']],
  ])('to %s is %j', (written, names) => {
    expect(nearest(written, ['netboot', 'tftpdir', 'nfsdir', 'os'])).toEqual(names);
  });

  test('makes a hint of what is near, and none of what is not', () => {
    expect(meant('sitte', ['site', 'mac'], 'tabdump lists the tables')).toBe('did you mean site? tabdump lists the tables');
    expect(meant('zebra', ['site', 'mac'], 'tabdump lists the tables')).toBe('tabdump lists the tables');
  });
});
