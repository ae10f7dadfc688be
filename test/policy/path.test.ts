import { describe, expect, test } from '@jest/globals';
import { isWithin, parseLitePath } from '../../lib/policy/path.ts';

describe('litefile paths', () => {
  test.each([
    ['/etc/ntp.conf', { path: '/etc/ntp.conf', directory: false }],
    ['/var/log/', { path: '/var/log', directory: true }],
    ['/opt/c++/[a b]$x "q"', { path: '/opt/c++/[a b]$x "q"', directory: false }],
    ['/etc//ssh///', { path: '/etc/ssh', directory: true, notice: '/etc//ssh/// is read as /etc/ssh/' }],
    ['/.defaults', { path: '/.defaults', directory: false }],
    ['/-x/...', { path: '/-x/...', directory: false }],
  ])('%j is read', (text, wanted) => expect(parseLitePath(text)).toEqual(wanted));

  test.each([
    ['', /not one absolute path/], ['etc/ntp.conf', /not one absolute path/], ['/etc/../x', /\. or \.\./], ['/./x', /\. or \.\./], ['/..', /\. or \.\./],
    ['/a\nb', /line end/], ['/a\0b', /NUL/], ['/', /root of the image/], ['//', /root of the image/], ['/.default', /belongs to statelite/],
    ['/.statelite/tmpfs/x', /belongs to statelite/], ['/.sllocal/', /belongs to statelite/],
  ])('%j is refused', (text, why) => {
    expect(() => parseLitePath(text)).toThrow(why);
    expect(() => parseLitePath(text)).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
  });

  test('a path lies within another by whole names', () => {
    expect(isWithin('/var/log', '/var')).toBe(true);
    expect(isWithin('/variable', '/var')).toBe(false);
    expect(isWithin('/var', '/var')).toBe(true);
    expect(isWithin('/x', '/')).toBe(true);
  });
});
