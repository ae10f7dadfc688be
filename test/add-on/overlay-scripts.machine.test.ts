// The init scripts of the shipped overlays that make partitions, on real disks: what is blank is made once, what is begun is completed, all else is left alone.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createCluster } from '../../lib/cluster/create.ts';
import { createOverlays } from '../../lib/overlay/overlays.ts';
import { createFiles } from '../../lib/system/files.ts';
import { LocalDisks, type DiskBoot, type DiskBootOptions } from '../helpers/local-disk.ts';
import { plant, type NodeTree } from '../helpers/node-tree.ts';
import { policyRows } from '../helpers/plans.ts';

const GIB = 1024;
const MIB = 96;
/** Labels are looked for on all disks of this machine, where others may be at the same test. */
const ours = `t${randomBytes(2).toString('hex')}-`;

let node: LocalDisks;
beforeEach(() => { node = new LocalDisks({ 'var/log/syslog': 'from the image\n', 'var/log/apt/term.log': 'term\n' }); });
afterEach(() => node.remove());

/** The script of an overlay as a node gets it. */
function scriptOf(overlay: string, own: NodeTree = {}): string {
  plant(node.directory, { 'rootimg/etc/fstab': '', 'rootimg/bin/bash': '', 'rootimg/mnt/': '', 'rootimg/var/log/': '' });
  plant(`${node.directory}/overlays/${overlay}`, own);
  const cluster = createCluster({
    site: [{ key: 'installdir', value: node.directory }], nodelist: [{ node: 'n01', groups: 'all' }], nodetype: [{ node: 'all', provmethod: 'image' }],
    osimage: [{ imagename: 'image', provmethod: 'statelite' }], linuximage: [{ imagename: 'image', rootimgdir: node.directory }], overlays: [{ node: 'all', overlays: overlay }],
  });
  const effects = createOverlays({ files: createFiles() }).effectsOf(cluster, 'n01', cluster.imageOf('n01'), { rows: policyRows('/etc/', '/mnt/', '/var/log/'), created: [] });
  const script = effects.find(({ path, entry }) => path.startsWith('/statelite/init.d/') && entry.type === 'file');
  return (script?.entry.content.toString() ?? '').replaceAll('local-', ours);
}
const run = (overlay: string, options?: DiskBootOptions, shell = 'bash'): DiskBoot => node.runInitScript(shell, scriptOf(overlay), options);
/** The same for disks of some MiB. */
const runSmall = (overlay: string, options?: DiskBootOptions): DiskBoot => node.runInitScript('bash', scriptOf(overlay).replace(/make_partitions \d/, 'make_partitions 0').replaceAll('size=2GiB', 'size=24MiB'), options);
/** What there is, by label: partition, file system and the name of the partition. */
const found = (disk: string, ...names: readonly string[]): string => node.sh(disk, `for name in ${names.map((name) => ours + name).join(' ')}; do BLKID_FILE=/dev/null; export BLKID_FILE; at=$(findfs LABEL=$name 2>&1 || :); echo $at $(blkid -p -s TYPE -o value $at) $(blkid -p -s PART_ENTRY_NAME -o value $at); done`);
const SWAP_LOG_SCRATCH = (disk: string): string => `${disk}p1 swap ${ours}swap\n${disk}p2 ext4 ${ours}log\n${disk}p3 ext4 ${ours}scratch\n`;
const LOGS = 'cat /var/log/syslog /var/log/apt/term.log; stat -c "%a %U" /var/log; cat /var/log/mine 2>/dev/null; echo boot >>/var/log/mine; findmnt -rno SOURCE -M /var/log | tail -n 1';

describe.each(['bash', 'dash'])('by %s', (shell) => {
  test('local-scratch and parted are made once and kept', () => {
    for (const [overlay, mib, names] of [['local-scratch', GIB, ['scratch']], ['parted', 3 * GIB, ['swap', 'scratch']]] as const) {
      const disk = node.add(mib);
      const first = run(overlay, {}, shell);
      expect([first.exitCode, first.console]).toEqual([0, expect.stringContaining(`making ${names.map((name) => ours + name).join(' ')} on ${disk}\n`)]);
      const made = found(disk, ...names);
      expect(made).toBe(names.map((name, index) => `${disk}p${index + 1} ${name === 'swap' ? 'swap' : 'ext4'} ${ours}${name}\n`).join(''));
      const identity = 'wipefs --no-act $DISK; for part in ${DISK}p*; do blkid -p $part; done';
      const before = node.sh(disk, identity);
      const second = run(overlay, {}, shell);
      expect([second.exitCode, second.console]).toEqual([0, names.map((name, index) => `${ours}${name} is ${disk}p${index + 1}\n`).join('')]);
      expect(node.sh(disk, identity)).toBe(before);
      node.drop(disk);
    }
  }, 120_000);

  test('local-log begins as the image\'s logs, and what the first boot wrote is there in the second', () => {
    const disk = node.add(5 * GIB);
    node.sh(disk, `chmod 2775 ${node.root}/var/log; chown 104 ${node.root}/var/log`);
    const facts = node.sh(disk, `stat -c "%a %U" ${node.root}/var/log`);
    expect(run('local-log', { look: LOGS }, shell)).toMatchObject({ exitCode: 0, look: `from the image\nterm\n${facts}${disk}p2\n` });
    expect(run('local-log', { look: LOGS }, shell)).toMatchObject({ exitCode: 0, look: `from the image\nterm\n${facts}boot\n${disk}p2\n` });
  }, 120_000);
});

test.each([
  ['a file system', 'mkfs.ext4 -qF -L home $DISK'],
  ['a partition table', 'printf "label: gpt\\nsize=20M,name=boot\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK'],
  ['only the copy of a partition table at the end', 'printf "label: gpt\\nsize=20M,name=boot\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK; dd if=/dev/zero of=$DISK bs=1M count=2 conv=notrunc status=none'],
  ['data without a signature', 'printf data | dd of=$DISK conv=notrunc status=none'],
  ['data behind its first MiB', 'printf data | dd of=$DISK bs=1M seek=1 conv=notrunc status=none'],
  ['data at its very end', 'printf data | dd of=$DISK bs=1 seek=$(($(blockdev --getsize64 $DISK) - 4)) conv=notrunc status=none'],
  ['the line of one that was begun, and a file system', 'mkfs.ext4 -qF $DISK; echo "statelite: no partition yet" | dd of=$DISK conv=notrunc status=none'],
  ['the line of one that was begun, and another partition table', 'printf "label: dos\\nsize=20M\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK; echo "statelite: no partition yet" | dd of=$DISK conv=notrunc status=none'],
])('a disk with %s is not touched, the next one is taken', (_what, make) => {
  const disk = node.add(MIB);
  node.sh(disk, make);
  const before = node.sum(disk);
  expect(runSmall('parted')).toMatchObject({ exitCode: 1, console: 'no disk of 0 GiB or more is blank: nothing was made, no disk was touched\n' });
  expect(node.sum(disk)).toBe(before);
  const blank = node.add(MIB);
  expect(runSmall('parted').exitCode).toBe(0);
  expect([node.sum(disk), found(blank, 'swap', 'scratch')]).toEqual([before, `${blank}p1 swap ${ours}swap\n${blank}p2 ext4 ${ours}scratch\n`]);
});

test.each([
  ['has lost one of its labels', 'e2label ${DISK}p2 mine', /^only \S+-swap is there, of \S+-swap \S+-scratch: nothing was made\n$/],
  ['is named as begun, and was labelled by somebody', 'e2label ${DISK}p2 mine; sfdisk -q --no-reread --no-tell-kernel --part-label $DISK 2 $NAME.unfinished', /p2 is named \S+-scratch\.unfinished and labelled mine: it stays as it is\n/],
])('a disk that %s is not touched, nor is another one taken', (_what, change, said) => {
  const [disk, blank] = [node.add(MIB), node.add(MIB)];
  expect(runSmall('parted').exitCode).toBe(0);
  node.sh(disk, `NAME=${ours}scratch; ${change}`);
  const before = [node.sum(disk), node.sum(blank)];
  expect(runSmall('parted').console).toMatch(said);
  expect([node.sum(disk), node.sum(blank)]).toEqual(before);
});

test('file systems that were made otherwise are used by their labels', () => {
  const whole = node.add(MIB);
  node.sh(whole, `mkfs.ext4 -qF -L ${ours}scratch $DISK`);
  const before = node.sum(whole);
  expect(runSmall('local-scratch')).toMatchObject({ exitCode: 0, console: `${ours}scratch is ${whole}\n` });
  expect(node.sum(whole)).toBe(before);
});

test('a script of one\'s own makes what it likes by the same include', () => {
  const disk = node.add(4 * MIB);
  const own = `#!/bin/sh
{% include "local-disk.sh" %}

make_partitions 0 'local-data, type=linux' || exit
if unfinished local-data; then mkfs.xfs -q -f "$device" && finish local-data xfs_admin -L local-data "$device"; fi
`;
  const text = scriptOf('mine', { 'statelite/init.d/70-data.njk': own });
  for (const wanted of [`${ours}data is ${disk}p1\n`, `${ours}data is ${disk}p1\n`]) expect(node.runInitScript('sh', text)).toMatchObject({ exitCode: 0, console: expect.stringContaining(wanted) as unknown });
  expect(found(disk, 'data')).toBe(`${disk}p1 xfs ${ours}data\n`);
});

describe('a power cut', () => {
  const look = `cat /var/log/syslog /var/log/apt/term.log; findmnt -rno SOURCE -M /var/log | tail -n 1`;
  const logs = (disk: string): string => `from the image\nterm\n${disk}p2\n`;

  test('before any of the programs that make a disk leaves nothing, or what the next boot completes', () => {
    const disk = node.add(MIB);
    runSmall('local-log');
    const programs = node.changes();
    expect(programs).toBeGreaterThan(20);
    node.drop(disk);
    for (let at = 1; at <= programs; at += 1) {
      const fresh = node.add(MIB);
      expect([at, runSmall('local-log', { killAt: at }).exitCode]).toEqual([at, null]);
      const { exitCode, console: said, look: seen } = runSmall('local-log', { look });
      expect([at, exitCode, said, seen, found(fresh, 'swap', 'log', 'scratch')]).toEqual([at, 0, said, logs(fresh), SWAP_LOG_SCRATCH(fresh)]);
      node.drop(fresh);
    }
  }, 300_000);

  test('at any write of the partitioner, of mkfs, mkswap, the copy and the labels is completed too', () => {
    const moments: readonly (readonly [string, readonly number[]])[] = [
      ['dd', [1]], ['sfdisk', [1, 2, 3, 4, 5]], ['mkswap', [1]], ['mkfs.ext4', [1, 2, 7, 20, 30]], ['cp', [1, 2]], ['swaplabel', [1]], ['e2label', [1]],
    ];
    for (const [program, writes] of moments) {
      for (const write of writes) {
        const disk = node.add(MIB);
        const killed = runSmall('local-log', { killWrite: [program, write] });
        expect([program, write, killed.exitCode]).toEqual([program, write, null]);
        const { exitCode, console: said, look: seen } = runSmall('local-log', { look });
        expect([program, write, exitCode, said, seen, found(disk, 'swap', 'log', 'scratch')]).toEqual([program, write, 0, said, logs(disk), SWAP_LOG_SCRATCH(disk)]);
        node.drop(disk);
      }
    }
  }, 300_000);

  test('at any write of a partition\'s name is completed too', () => {
    for (const write of [1, 2, 3, 4, 5]) {
      const disk = node.add(MIB);
      expect(runSmall('local-log', { killWrite: ['mkswap', 1] }).exitCode).toBeNull();
      expect([write, runSmall('local-log', { killWrite: ['sfdisk', write] }).exitCode]).toEqual([write, null]);
      const { exitCode, console: said, look: seen } = runSmall('local-log', { look });
      expect([write, exitCode, said, seen, found(disk, 'swap', 'log', 'scratch')]).toEqual([write, 0, said, logs(disk), SWAP_LOG_SCRATCH(disk)]);
      expect(node.sh(disk, 'wipefs -n --noheadings -O OFFSET,TYPE $DISK').match(/gpt/g)).toHaveLength(2);
      node.drop(disk);
    }
  }, 120_000);
});

test('the scripts of shipped overlays are right for shellcheck', () => {
  for (const overlay of ['local-scratch', 'parted', 'local-log']) {
    expect(execFileSync('sh', ['-c', 'shellcheck - || :'], { input: scriptOf(overlay), encoding: 'utf8' })).toBe('');
  }
});
