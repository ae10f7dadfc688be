import { describe, expect, test } from '@jest/globals';
import { decide } from '../../lib/disks/decide.ts';
import { parseDiskReport, type DiskFact } from '../../lib/disks/facts.ts';
import { readLayout } from '../../lib/disks/layout.ts';
import { disksOf } from '../../lib/disks/node-disks.ts';
import { readSelector } from '../../lib/disks/selector.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { diffPlans } from '../../lib/plan/diff.ts';
import { createPlanReader } from '../../lib/plan/parse.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import type { Row } from '../../tables/table.ts';
import { imageOf, planCluster, policyRows } from '../helpers/plans.ts';

const row = (label: string, number: string, rest: Row = {}): Row => ({ layout: 'l', label, number, disk: '/dev/vda', fstype: 'ext4', ...rest });
const LAYOUT = [
  row('swap', '1', { fstype: 'swap', size: '2G' }), row('log', '2', { size: '20%', mountpoint: '/var/log', populate: '/var/log', nofail: 'yes' }),
  row('state', '3', { size: 'rest', mountpoint: 'store', mntopts: 'noatime', grow: 'yes' }),
];

describe('rows of a layout', () => {
  test('become disks with their partitions in order', () => {
    const { disks, problems } = readLayout([...LAYOUT].reverse());
    expect(problems).toEqual([]);
    expect(disks).toEqual([{ disk: '/dev/vda', parts: [
      expect.objectContaining({ number: 1, label: 'swap', size: '2048M', fstype: 'swap', mount: '' }),
      expect.objectContaining({ number: 2, label: 'log', size: '20%', mount: '/var/log', populate: '/var/log', nofail: true }),
      expect.objectContaining({ number: 3, label: 'state', size: 'rest', mount: 'store', options: 'noatime', grow: true }),
    ] }]);
  });

  test.each([
    ['a disk that is none', row('a', '1', { disk: 'sda' }), /disk: "sda" is not/],
    ['a label with a blank', row('a b', '1'), /label: "a b" is no label: letters/],
    ['a label that is too long', row('a-label-of-xfs', '1', { fstype: 'xfs' }), /14 characters, xfs takes 12/],
    ['a size that is none', row('a', '1', { size: '2 apples' }), /size: "2 apples" is not/],
    ['a size that mkfs refuses', row('a', '1', { fstype: 'xfs', size: '128M' }), /xfs needs 300M at least/],
    ['a mount point that is no path', row('a', '1', { mountpoint: 'scratch' }), /mountpoint: "scratch" is not an absolute path without blanks, nor store/],
    ['a mount point of statelite', row('a', '1', { mountpoint: '/.statelite/x' }), /belongs to statelite itself/],
    ['a volatile mount point', row('a', '1', { mountpoint: '/run/x' }), /made anew by each boot/],
    ['the root', row('a', '1', { mountpoint: '/' }), /cannot be used|is not an absolute path/],
    ['swap with a mount point', row('a', '1', { fstype: 'swap', mountpoint: '/swap' }), /swap has no mount point/],
    ['a store that is populated', row('a', '1', { mountpoint: 'store', populate: '/var' }), /filled by litefile rows/],
    ['growing of a fixed size', row('a', '1', { size: '2G', grow: 'yes' }), /only a file system with the rest/],
  ])('%s is refused', (_what, one, wanted) => {
    expect(readLayout([one]).problems.map(({ message }) => message)).toEqual([expect.stringMatching(wanted)]);
  });

  test('that contradict each other are all told at once', () => {
    const { problems } = readLayout([row('a', '1', { mountpoint: '/a' }), row('b', '1', { mountpoint: '/a', size: '60%' }), row('c', '2', { size: '60%' })]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/label=b: .*label=a has the same mount point/), expect.stringMatching(/label=b: .*label=a has the same disk and number/),
      expect.stringMatching(/label=a: it takes the rest of \/dev\/vda, but partition 2 comes after it/), expect.stringMatching(/want 120% of it/),
    ]);
  });

  test.each([
    ['/dev/disk/by-id/nvme-QEMU_1', '/dev/disk/by-id/nvme-QEMU_1'], ['/dev/nvme0n1', '/dev/nvme0n1'], ['size >= 100G', 'size>=102400M'], ['first-empty', 'first-empty'],
    ['/dev/disk/by-uuid/x', undefined], ['/etc/passwd', undefined], ['/dev/../etc', undefined], ['size>=lots', undefined], ['', undefined],
  ])('the disk %j is %j', (text, wanted) => {
    expect(readSelector(text)).toBe(wanted);
  });
});

describe('a node', () => {
  const tables = { disklayout: [...LAYOUT, { ...row('only', '1'), layout: 'image' }], localdisk: [{ node: 'compute', layout: 'l' }] };

  test('has the layout of its group, else that of its image, and none when it says so', () => {
    const cluster = planCluster(tables);
    expect(disksOf(cluster, 'n01', imageOf(cluster))[0]?.parts).toHaveLength(3);
    expect(disksOf(cluster, 'n02', imageOf(cluster))[0]?.parts.map(({ label }) => label)).toEqual(['only']);
    const none = planCluster({ ...tables, localdisk: [{ node: 'n02', layout: 'none' }] });
    expect(disksOf(none, 'n02', imageOf(none))).toEqual([]);
  });

  test('has a plan with its disks that reads back as it was, and differs by partition', () => {
    const cluster = planCluster(tables);
    const plan = compilePlan(cluster, 'n01', imageOf(cluster), policyRows('/srv/ localdisk'));
    const text = renderPlan(plan, { id: 'abc', disk: '/dev/vda' });
    expect(text).toContain('disk /dev/vda\npart 1 swap 2048M swap - - - -\npart 2 log 20% ext4 nofail - /var/log /var/log\npart 3 state rest ext4 grow noatime - store\nwipe abc /dev/vda\n');
    expect(createPlanReader()(renderPlan(plan), 'plan')).toEqual(plan);
    const other = planCluster({ ...tables, disklayout: LAYOUT.map((one) => (one['label'] === 'swap' ? { ...one, size: '4G' } : one)) });
    expect(diffPlans(plan, compilePlan(other, 'n01', imageOf(other), policyRows('/srv/ localdisk')))).toEqual([
      { what: '/dev/vda partition 1', before: '"swap" swap, 2048M', after: '"swap" swap, 4096M' },
    ]);
  });

  test('with a localdisk row and no store is refused, and so is one whose layout is not there', () => {
    const cluster = planCluster({ disklayout: [row('a', '1')], localdisk: [{ node: 'n01', layout: 'l' }, { node: 'n02', layout: 'gone' }] });
    expect(() => compilePlan(cluster, 'n01', imageOf(cluster), policyRows('/srv/ localdisk'))).toThrow(expect.objectContaining({ code: 'NO_DISK', message: expect.stringContaining('no partition of the layout l has the mount point store') as unknown }));
    expect(() => compilePlan(cluster, 'n02', imageOf(cluster), [])).toThrow(expect.objectContaining({ code: 'LAYOUT_INVALID' }));
  });
});

describe('what the next boot would do', () => {
  const { disks } = readLayout(LAYOUT);
  const report = (state: string, parts: readonly string[], mib = 20_000): readonly DiskFact[] =>
    parseDiskReport('n01', ['boot b', `disk /dev/vda ${mib} ${state} - - /dev/disk/by-id/x something`, ...parts.map((part) => `diskpart /dev/vda ${part}`), ''].join('\n'), 1)?.disks ?? [];
  const WHOLE = ['1 2048 swap swap swap', '2 4000 ext4 log log', '3 13900 ext4 state state'];

  test.each([
    ['a blank disk is made', report('blank', []), 'create', /blank/],
    ['a half-made one is completed', report('begun', WHOLE.slice(0, 1)), 'complete', /cut off/],
    ['one that fits is used', report('ours', WHOLE), 'use', /it fits/],
    ['one that fits and was made elsewhere is used', report('other', WHOLE), 'use', /it fits/],
    ['a foreign one is refused', report('other', ['1 500 vfat boot -']), 'refuse', /partition 1 is labelled/],
    ['one that lost a label is refused', report('ours', [WHOLE[0] ?? '', '2 4000 ext4 - log', WHOLE[2] ?? '']), 'refuse', /partition 2 has the label ""/],
    ['another order is refused', report('ours', ['1 2048 ext4 log log', '2 4000 swap swap swap', WHOLE[2] ?? '']), 'refuse', /partition 1 is labelled "log"/],
    ['another size is refused', report('ours', ['1 1024 swap swap swap', ...WHOLE.slice(1)]), 'refuse', /has 1024 MiB, not 2048/],
    ['one partition more is refused', report('ours', [...WHOLE, '4 10 ext4 x x']), 'refuse', /4 partitions, the layout 3/],
    ['a half-made one that was used elsewhere is refused', report('overwritten', []), 'refuse', /holds something else/],
    ['one that is too small is refused', report('blank', [], 1000), 'refuse', /too small/],
  ])('%s', (_what, facts, action, why) => {
    expect(decide(disks, facts)).toEqual([expect.objectContaining({ device: '/dev/vda', action, why: expect.stringMatching(why) as unknown })]);
  });

  test('an armed wipe is carried out once, and only on the disk it names', () => {
    const facts = report('ours', ['1 500 vfat boot -']);
    expect(decide(disks, facts, { id: 'abc', disk: '/dev/vda' })[0]?.action).toBe('wipe');
    expect(decide(disks, facts, { id: 'abc', disk: '/dev/vdb' })[0]?.action).toBe('refuse');
    expect(decide(disks, facts.map((fact) => ({ ...fact, wipe: 'abc' })), { id: 'abc', disk: '/dev/vda' })[0]?.action).toBe('refuse');
  });

  test('a disk is found by name, by size and by being empty; what is ambiguous is refused with what was found', () => {
    const pick = (disk: string, facts: readonly DiskFact[]) => decide(readLayout([row('a', '1', { disk })]).disks, facts)[0];
    const two = [...report('blank', [], 1000), ...report('blank', [], 2000).map((fact) => ({ ...fact, device: '/dev/vdb', names: [] }))];
    expect(pick('/dev/disk/by-id/x', two)?.device).toBe('/dev/vda');
    expect(pick('size>=1500M', two)?.device).toBe('/dev/vdb');
    expect(pick('size>=500M', two)).toMatchObject({ action: 'refuse', why: '2 disks are that large, it must be one; found /dev/vda (x) 1000 MiB: something; /dev/vdb 2000 MiB: something' });
    expect(pick('first-empty', two)?.device).toBe('/dev/vda');
    expect(pick('first-empty', two.map((fact) => ({ ...fact, mark: 'a' })))).toMatchObject({ action: 'refuse', why: expect.stringMatching(/2 disks bear the mark of "a"/) as unknown });
    expect(pick('first-empty', report('begun', []))).toMatchObject({ action: 'complete', device: '/dev/vda' });
    expect(pick('first-empty', report('other', []))).toMatchObject({ action: 'refuse', why: 'no disk is empty; found /dev/vda (x) 20000 MiB: something' });
    expect(pick('/dev/sda', two)?.why).toMatch(/there is no such disk; found/);
  });
});
