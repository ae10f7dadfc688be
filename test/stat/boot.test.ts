import { describe, expect, test } from '@jest/globals';
import { mergeBoots, parseReport } from '../../lib/stat/boot.ts';

const ID = '0f0e0d0c-1111-4222-8333-0123456789ab';

describe('a report', () => {
  test('is read line by line; what cannot be read is left out', () => {
    expect(parseReport('n01', [
      `boot ${ID.toUpperCase()}`, 'phase dhcp 4200', 'phase root 4500', 'phase late soon', 'future key', 'constructor 1', 'phase',
      'source 2 8123 nas:/trees/n01', 'source two 1 nas:/x', 'script 1 812 10-scratch', 'output 10-scratch no disk', 'output 71-y never ran', 'script timeout 900000 80-y.must', ...[1, 2, 3, 4, 5, 6].map((n) => `output 80-y.must ${n}`), 'script x 1 90-z',
      'disks 77', 'disks many',
      'row ok tmpfs,rw,link file 2 /etc/motd/', 'row FAILED persistent,rw,bind directory image /var/lib/my service/', 'row ok tmpfs,con,link file default+1 4096 30 /etc/a 1 2 /b/', 'row maybe a b c /x/',
      'warning litetree 1: no answer', 'warning litetree 1: no answer', 'nfs 1234 56789000 100', 'stopped the store is\u001b[31m full', '',
    ].join('\n'), 100_000)).toEqual({
      node: 'n01', boot: ID, begun: 95_500, heard: 100_000, phases: { dhcp: 4200, root: 4500 },
      good: { '/etc/motd': { option: 'tmpfs,rw,link', type: 'file', origin: '2' }, '/etc/a 1 2 /b': { option: 'tmpfs,con,link', type: 'file', origin: 'default+1', bytes: 4096, ms: 30 } },
      failed: { '/var/lib/my service': { option: 'persistent,rw,bind', type: 'directory', origin: 'image' } },
      parts: { 'litetree 2': { phase: 'sources', ms: 8123, detail: 'nas:/trees/n01' }, 'init script 10-scratch': { phase: 'scripts', ms: 812, exit: 1, output: ['no disk'] },
        'init script 80-y.must': { phase: 'scripts', ms: 900_000, exit: 'timeout', output: ['2', '3', '4', '5', '6'] }, 'local disks': { phase: 'sources', ms: 77 } },
      warnings: ['litetree 1: no answer'], nfs: { operations: 1234, read: 56_789_000, written: 100 }, stopped: 'the store is [31m full',
    });
  });

  test('without the id of a boot is none', () => {
    expect(parseReport('n01', 'phase dhcp 4200\nboot 17\n', 0)).toBeUndefined();
  });

  test('adds to the reports before it; the kernel started when the quickest of them says', () => {
    const [one, two] = [parseReport('n01', `boot ${ID}\nphase dhcp 4200\ndisks 5\nwarning a`, 10_000), parseReport('n01', `boot ${ID}\nphase root 5000\nwarning a\nwarning b\nstopped x`, 10_500)];
    expect(one !== undefined && two !== undefined && mergeBoots(one, two)).toEqual({
      node: 'n01', boot: ID, begun: 5500, heard: 10_500, phases: { dhcp: 4200, root: 5000 }, good: {}, failed: {}, parts: { 'local disks': { phase: 'sources', ms: 5 } }, warnings: ['a', 'b'], stopped: 'x',
    });
  });
});
