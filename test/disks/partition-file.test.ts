import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import type { Cluster } from '../../lib/cluster/cluster.ts';
import { decide } from '../../lib/disks/decide.ts';
import type { DiskFact } from '../../lib/disks/facts.ts';
import { disksOf } from '../../lib/disks/node-disks.ts';
import type { DiskPlan } from '../../lib/disks/disk-plan.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { createPlanReader } from '../../lib/plan/parse.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { imageOf, policyRows } from '../helpers/plans.ts';

const FILE = '/install/custom/localdisk.cfg';
const HEAD = 'enable=yes\nenablepart=yes\n';

/** A node whose image names a partition file with that text. */
const clusterWith = (text: string | undefined, tables: Parameters<typeof createCluster>[0] = {}, partitionfile = FILE): Cluster => createCluster({
  nodelist: [{ node: 'n01' }], osimage: [{ imagename: 'image' }], linuximage: [{ imagename: 'image', rootimgdir: '/install/image', partitionfile }], ...tables,
}, { readTextIfThere: (path) => (path === FILE ? text : undefined) });

const disksWith = (...words: Parameters<typeof clusterWith>): readonly DiskPlan[] => {
  const cluster = clusterWith(...words);
  return disksOf(cluster, 'n01', imageOf(cluster));
};

describe('a partition file of xCAT', () => {
  test('as its documentation has it is a layout: shares and ranges, the store, swap', () => {
    const disks = disksWith(`# local disks\n${HEAD}\n[disk]\ndev=/dev/sda\nclear=yes\nparts=10,20,70\n\n[disk]\ndev=/dev/nvme0n1\nptype=gpt\nfstype=xfs\nparts=1M-513M, 1G-100%\n\n[localspace]\ndev=/dev/sda1\nfstype=ext3\n\n[swapspace]\ndev=/dev/sda2\n`);
    expect(disks.map(({ disk, parts }) => [disk, ...parts.map(({ number, label, size, fstype, mount }) => `${number} ${label} ${size} ${fstype} ${mount}`.trim())])).toEqual([
      ['/dev/sda', '1 localspace 10% ext4 store', '2 swap 20% swap', '3 disk1-3 rest ext4'],
      ['/dev/nvme0n1', '1 disk2-1 512M xfs', '2 disk2-2 rest xfs'],
    ]);
  });

  test('without enablepart=yes, as xCAT\'s example is, names partitions that something else has made: they are used, never made, and nodes do without', () => {
    const example = 'enable=yes\nenablepart=no\n\n[disk]\ndev=/dev/sda\nclear=yes\nparts=10,20,30\n\n[localspace]\ndev=/dev/sda1\nfstype=ext3\n\n[swapspace]\ndev=/dev/nvme0n1p2\n';
    const cluster = clusterWith(example);
    const plan = compilePlan(cluster, 'n01', imageOf(cluster), policyRows('/var/lib/db localdisk'));
    expect(renderPlan(plan)).toContain('\ndisk /dev/sda\npart 1 localspace rest ext4 nofail,existing - - store\ndisk /dev/nvme0n1\npart 2 swap rest swap nofail,existing - - -\n');
    expect(createPlanReader()(renderPlan(plan), 'it').disks).toEqual(plan.disks);
    expect(disksWith(example.replace('/dev/sda1', '/dev/disk/by-id/ata-X-part3'))[0]).toMatchObject({ disk: '/dev/disk/by-id/ata-X', parts: [{ number: 3, existing: true }] });
    const other = disksWith(`${HEAD}[disk]\ndev=/dev/sdb\nparts=100\n[localspace]\ndev=/dev/sda5\n`);
    expect(other.map(({ disk, parts }) => [disk, parts[0]?.existing])).toEqual([['/dev/sdb', false], ['/dev/sda', true]]);
    const fact = (state: DiskFact['state'], type = 'swap'): DiskFact => ({ device: '/dev/nvme0n1', mib: 100, state, wipe: '', mark: '', names: [], text: 'text', parts: [{ number: 2, mib: 50, type, label: '', partLabel: '' }] });
    const armed = { id: 'abc', disk: '/dev/nvme0n1' };
    expect([fact('other'), fact('other', 'ext3'), fact('begun'), { ...fact('blank'), parts: [] }].map((one) => decide(plan.disks ?? [], [one], armed)[1])).toMatchObject([
      { action: 'use' }, { action: 'refuse', why: 'partition 2 has ext3, not swap; it holds text' }, { action: 'refuse' }, { action: 'refuse', why: 'partition 2 is missing; it holds text' },
    ]);
  });

  test('that does not say enable=yes means nothing', () => {
    expect([disksWith('[disk]\ndev=/dev/sda\nparts=50\n'), disksWith('enable=no\nenablepart=yes\n')]).toEqual([[], []]);
  });

  test('is not looked at where the tables say what the disks are like', () => {
    const disklayout = [{ layout: 'image', label: 'a', disk: '/dev/vda', number: '1', fstype: 'ext4' }];
    expect(disksWith(undefined, { disklayout }).map(({ disk }) => disk)).toEqual(['/dev/vda']);
    expect(disksWith(undefined, { localdisk: [{ node: 'n01', layout: 'none' }] })).toEqual([]);
  });

  test('of the form s:<script> goes to the node line by line, and comes back from the plan as it was', () => {
    const script = '#!/bin/sh\n\n  end 7\nrow\n';
    const cluster = clusterWith(script, {}, `s:${FILE}`);
    const plan = compilePlan(cluster, 'n01', imageOf(cluster), policyRows('/var/lib/db localdisk'));
    const text = renderPlan(plan);
    expect(text).toContain('disk first-empty\nsh #!/bin/sh\nsh \nsh   end 7\nsh row\nrow localdisk');
    expect(createPlanReader()(text, 'it').disks).toEqual([{ disk: 'first-empty', parts: [], script }]);
    expect(() => disksWith(undefined, {}, `s:${FILE}`)).toThrow(/is not there/);
  });

  test('of that form is carried out on a blank disk, used where it was, and nowhere else', () => {
    const fact = (state: DiskFact['state'], mark = ''): DiskFact => ({ device: '/dev/vda', mib: 100, state, wipe: '', mark, names: [], text: 'text', parts: [] });
    const disks = disksWith('exit 0\n', {}, `s:${FILE}`);
    expect([fact('blank'), fact('ours', 'script'), fact('ours', 'swap'), fact('other')].map((one) => decide(disks, [one])[0]?.action)).toEqual(['create', 'use', 'refuse', 'refuse']);
  });

  test.each([
    ['that is not there', undefined, /partitionfile \/install\/custom\/localdisk\.cfg is not there/],
    ['of an installer', 'part swap --size 1024\n', /line 1: "part swap --size 1024" is nothing that it begins with/],
    ['with a store on a whole disk', 'enable=yes\nenablepart=no\n[localspace]\ndev=/dev/sdb\n', /line 3: \[localspace\] dev=\/dev\/sdb is no partition of a disk/],
    ['with a key of another section', `${HEAD}[disk]\ndev=/dev/sda\nparts=10\n[swapspace]\ndev=/dev/sda1\nparts=10\n`, /line 8: "parts=10" is nothing that \[swapspace\] has/],
    ['with sizes that are none', `${HEAD}[disk]\ndev=/dev/sda\nparts=10,2G-1G\n`, /line 3: parts=10,2G-1G: "2G-1G" is neither a share/],
    ['with a store on no disk of it', `${HEAD}[disk]\ndev=/dev/sda\nparts=10\n[localspace]\ndev=/dev/sda2\n`, /line 6: \[localspace\] dev=\/dev\/sda2 is no partition/],
    ['with a file system that is not made here', `${HEAD}[disk]\ndev=/dev/sda\nfstype=jfs\nparts=10\n`, /line 3: fstype=jfs is not made here/],
    ['that wants more than a disk', `${HEAD}[disk]\ndev=/dev/sda\nparts=60,60\n`, /partitionfile \/install\/custom\/localdisk\.cfg, line 3: the partitions of \/dev\/sda want 120% of it/],
  ])('%s is refused with its line', (_what, text, message) => {
    expect(() => disksWith(text)).toThrow(message);
  });
});
