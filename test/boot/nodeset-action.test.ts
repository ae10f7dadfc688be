import { expect, test } from '@jest/globals';
import { parseNodesetAction } from '../../lib/boot/nodeset-action.ts';

test.each([
  ['statelite=centos5.3-x86_64-test1', { kind: 'image', image: 'centos5.3-x86_64-test1', shell: false }],
  ['osimage=a=b', { kind: 'image', image: 'a=b', shell: false }],
  ['osimage', { kind: 'image', shell: false }],
  ['statelite', { kind: 'image', shell: false }],
  ['shell', { kind: 'image', shell: true }],
  ['stat', { kind: 'stat' }],
  ['boot', { kind: 'boot' }],
  ['offline', { kind: 'offline' }],
])('nodeset understands %s', (text, action) => {
  expect(parseNodesetAction(text)).toEqual(action);
});

test.each(['', 'install', 'netboot=x', 'osimage=', 'stat=1', 'boot=', 'Stat'])('nodeset refuses "%s" as a usage error', (text) => {
  expect(() => parseNodesetAction(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
