// Local disks of booted nodes, virtio, NVMe and SCSI: made at the first boot, found at the second, whatever is wrong refused; the plug pulled at bad moments.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputFileSync } from 'fs-extra/esm';
import { requireLab } from '../../lib/lab/instance.ts';
import { nodePaths } from '../../lib/lab/qemu.ts';
import { isRunning, qmp } from '../../lib/lab/qmp.ts';
import { consoleOf, openBootSite, quickstartImage, toldBy, waitForConsole, type BootSite } from '../helpers/boot-site.ts';
import type { CliResult } from '../helpers/cli.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.34.0.1';
const NVME = '/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_n01-disk2';
const MIB = 1024 * 1024;
const SECOND = '2-nvme.img';
const TREE = '4-nvme.img';

let site: BootSite;
const on = async (node: string, command: string): Promise<string> => (await site.must('litelab', 'run', node, command)).stdout;
const boot = (node: string, ...words: readonly string[]): Promise<CliResult> => site.must('litelab', 'boot', node, '--timeout', '400', ...words);
const off = (node: string): Promise<CliResult> => site.must('litelab', 'off', node);
const part = (layout: string, label: string, disk: string, number: number, fstype: string, ...columns: readonly string[]): Promise<CliResult> =>
  site.must('chtab', `layout=${layout}`, `label=${label}`, ...[`disk=${disk}`, `number=${number}`, `fstype=${fstype}`, ...columns].map((one) => `disklayout.${one}`));
const diskFile = (node: string, name: string): string => join(requireLab(site.system).directory, 'disks', node, name);
const sh = (script: string, ...words: readonly string[]): string => execFileSync('sh', ['-euc', script, 'sh', ...words], { encoding: 'utf8' });
const sum = (node: string, name: string): string => sh('sha256sum <"$1"', diskFile(node, name));

/** Bytes of a node's disk, as it is now; none before the lab has made it. */
function bytesOf(node: string, name: string, at: number, length: number): Buffer {
  if (!existsSync(diskFile(node, name))) return Buffer.alloc(0);
  const file = openSync(diskFile(node, name), 'r');
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  closeSync(file);
  return bytes;
}
const markOf = (node: string, name: string): string => bytesOf(node, name, 255 * 4096, 100).toString('latin1').replace(/\0+$/, '');
/** What another making of the disk would change: the id of its GPT. */
const identityOf = (node: string, name: string): string => bytesOf(node, name, 512 + 56, 16).toString('hex');

/** Boots a node and kills its QEMU by signal 9 at once when `isThere` says so. */
async function killedWhen(node: string, isThere: () => boolean, ...words: readonly string[]): Promise<void> {
  const booting = site.statelite('litelab', 'boot', node, '--timeout', '400', ...words);
  const { monitor } = nodePaths(requireLab(site.system), node);
  const stop = Date.now() + 3 * MINUTES;
  while (!isThere()) {
    if (Date.now() > stop) throw new Error(`${node}: the moment to kill it did not come; its console ends with\n${consoleOf(requireLab(site.system), node).slice(-1500)}`);
    await sleep(2);
  }
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandLineOf(name).startsWith('qemu-system-x86_64\0') && commandLineOf(name).includes(`unix:${monitor},`));
  process.kill(Number(pid), 'SIGKILL');
  expect(await booting).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('SIGKILL') as unknown });
}

/** Makes a disk larger and ends sfdisk at the write that leaves its GPT at the end of the disk only. */
function cutWhileItGrows(path: string, mib: number): void {
  sh(`truncate -s "$2M" "$1"
    for at in 1 2 3 4 5 6 7 8 9 10 11 12; do
      cp --sparse=always "$1" "$1.cut"
      { printf ', +\\n' | strace -qq -o /dev/null -e trace=write -e inject=write:signal=KILL:when=$at sfdisk -q -N 1 "$1.cut" || true; } >/dev/null 2>&1
      case $(wipefs -n --noheadings -O OFFSET "$1.cut") in *0x200*) ;; *) mv "$1.cut" "$1"; exit ;; esac
    done
    exit 1`, path, String(mib));
}

/** Waits for what a node tells when it is up. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const stop = Date.now() + 2 * MINUTES;
  while (!(await holds())) {
    if (Date.now() > stop) throw new Error('not told in two minutes');
    await sleep(500);
  }
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

beforeAll(async () => {
  site = await openBootSite('disks');
  rmSync(site.home, { recursive: true, force: true });
  for (const path of ['tftpboot', 'install']) mkdirSync(join(site.home, path), { recursive: true });
  for (const [key, value] of [['installdir', join(site.home, 'install')], ['tftpdir', join(site.home, 'tftpboot')], ['master', MASTER]]) await site.must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  for (const [node, group] of [['n01', 'state'], ['n02', 'scratch']]) {
    await site.must('mkdef', '-t', 'node', String(node), `groups=${String(group)},all`, `ip=10.34.0.1${String(node).slice(2)}`, `mac=52:54:00:34:00:${String(node).slice(1)}`, 'netboot=pxe', 'mgt=lab',
      `nfsserver=${MASTER}`, `xcatmaster=${MASTER}`, 'serialport=0', 'serialspeed=115200');
  }
  for (const list of ['tables/samples/litefile.csv', 'tables/samples/debian/litefile.csv']) await site.must('tabrestore', '-a', list);
  const root = await quickstartImage(site, 'xfsprogs', 'btrfs-progs');
  for (const [path, text] of Object.entries({ 'opt/app/etc/conf': 'from the image\n', 'srv/app/.keep': '' })) outputFileSync(join(root, path), text);
  await part('state', 'swap', 'first-empty', 1, 'swap', 'size=64M');
  await part('state', 'log', 'first-empty', 2, 'ext4', 'size=128M', 'mountpoint=/var/log', 'populate=/var/log');
  await part('state', 'state', 'first-empty', 3, 'ext4', 'mountpoint=store');
  await part('fast', 'fast', NVME, 1, 'ext4', 'mountpoint=/srv', 'grow=yes');
  await part('path', 'path', '/dev/disk/by-path/virtio-pci-0000:00:05.0', 1, 'xfs', 'mountpoint=/mnt', 'grow=yes');
  await part('tree', 'tree', NVME.replace('disk2', 'disk4'), 1, 'btrfs', 'mountpoint=/media', 'grow=yes');
  await part('scratch', 'small', 'size>=700M', 1, 'swap', 'size=10%');
  await part('scratch', 'scratch', 'size>=700M', 2, 'ext4', 'size=50%', 'mountpoint=store');
  await part('scratch', 'zones', 'size>=700M', 3, 'ext4', 'mountpoint=/srv', 'populate=/usr/share/zoneinfo');
  await site.must('chtab', 'node=state', 'localdisk.layout=state,fast,path,tree');
  await site.must('chtab', 'node=scratch', 'localdisk.layout=scratch');
  for (const [file, options] of [['/var/cache/', ''], ['/var/cache/app/deep/', 'localdisk'], ['/opt/app/etc/', 'overlay,localdisk']]) await site.must('chtab', 'image=ALL', `file=${String(file)}`, `litefile.options=${String(options)}`);
  await site.must('liteimg', IMAGE);
  await site.must('nodeset', 'all', `osimage=${IMAGE}`);
  await site.must('litelab', 'up');
}, 15 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

describe('blank disks, and a plug that is pulled while they are made', () => {
  const FILES = ['/var/cache/app/deep/keep', '/opt/app/etc/keep', '/srv/keep', '/mnt/keep', '/media/keep', '/var/log/keep'];
  const LOOK = `sha256sum ${FILES.join(' ')}; cat /opt/app/etc/conf; blkid -s UUID -o value /dev/vda* /dev/nvme[01]n1* /dev/vdb*`;
  const SIZES = 'df --output=size -m /srv /mnt /media | tail -n 3';
  const isBegun = (): boolean => markOf('n02', SECOND).startsWith('statelite-disk 1 begun - small ');
  let before = '';

  beforeAll(async () => {
    await Promise.all([boot('n01', '--disk', '400M', '--disk', 'nvme:200M', '--disk', '400M', '--disk', 'nvme:200M'), (async () => {
      await killedWhen('n02', isBegun, '--disk', '300M', '--disk', 'nvme:900M');
      await killedWhen('n02', () => isBegun() && bytesOf('n02', SECOND, MIB + 4086, 10).toString('latin1') === 'SWAPSPACE2');
      await killedWhen('n02', () => consoleOf(requireLab(site.system), 'n02').includes('(nvme0n1p3): mounted filesystem'));
      expect(isBegun()).toBe(true);
      await boot('n02');
    })()]);
  }, 15 * MINUTES);

  test('are made as the layout of the node\'s group says, found by being empty, by size, and by names below /dev/disk', async () => {
    expect(await on('n01', 'findmnt -rno SOURCE,FSTYPE,LABEL /.statelite/localdisk; findmnt -rno SOURCE,FSTYPE,LABEL --target /var/log; findmnt -rno SOURCE,FSTYPE,LABEL /srv; findmnt -rno SOURCE,FSTYPE,LABEL /mnt; findmnt -rno SOURCE,FSTYPE,LABEL /media; swapon --show=NAME --noheadings'))
      .toBe('/dev/vda3 ext4 state\n/dev/vda2 ext4 log\n/dev/nvme0n1p1 ext4 fast\n/dev/vdb1 xfs path\n/dev/nvme1n1p1 btrfs tree\n/dev/vda1\n');
    expect(await on('n02', 'findmnt -rno SOURCE,LABEL /.statelite/localdisk; findmnt -rno SOURCE,LABEL /srv; swapon --show=NAME --noheadings; blkid /dev/vda*; findmnt -no SOURCE --target /var/log'))
      .toBe('/dev/nvme0n1p2 scratch\n/dev/nvme0n1p3 zones\n/dev/nvme0n1p1\nstatelite\n');
    expect(await on('n01', 'systemctl --failed --no-legend')).toBe('');
    expect(consoleOf(requireLab(site.system), 'n01')).not.toMatch(/target is busy|in chroot/);
  });

  test('that were cut off while they were partitioned, formatted and filled are completed, and hold all of the image\'s directory', async () => {
    expect(await on('n02', 'cat /.statelite/statelite.log')).toMatch(/\/dev\/nvme0n1 \(900 MiB\) was being made when the node was cut off: it is made again/);
    expect(await on('n02', 'cd /srv && ls -d lost+found && diff -r --no-dereference --exclude=lost+found . /usr/share/zoneinfo && find . -type f | wc -l')).toMatch(/^lost\+found\n[1-9]\d{2,}\n$/);
    expect(markOf('n02', SECOND)).toMatch(/^statelite-disk 1 complete - small /);
  });

  test('keep what was written, bit for bit, when the plug is pulled; asked for, ext4, xfs and btrfs grow with their disks, although the node was cut off when it began that before', async () => {
    const sizes = (await on('n01', SIZES)).trim().split(/\s+/).map(Number);
    await on('n01', `for file in ${FILES.join(' ')}; do head -c 300000 /dev/urandom >$file; done; logger -t first-boot a line of the first boot; journalctl --sync; sync`);
    before = await on('n01', LOOK);
    await off('n01');
    cutWhileItGrows(diskFile('n01', TREE), 400);
    await boot('n01', '--disk', '400M', '--disk', 'nvme:400M', '--disk', '700M', '--disk', 'nvme:400M');
    expect(await on('n01', LOOK)).toBe(before);
    expect(before).toMatch(/^(?:[0-9a-f]{64} .*\n){6}from the image\n(?:[0-9a-f-]{36}\n){5,}$/);
    expect(await on('n01', 'journalctl --merge --no-pager --output=cat -t first-boot; swapon --show=NAME --noheadings; find /var/log/apt -type d')).toBe('a line of the first boot\n/dev/vda1\n/var/log/apt\n');
    const [ext4 = 0, xfs = 0, btrfs = 0] = (await on('n01', SIZES)).trim().split(/\s+/).map(Number);
    expect([ext4 - (sizes[0] ?? 0), xfs - (sizes[1] ?? 0), btrfs - (sizes[2] ?? 0)]).toEqual([expect.closeTo(200, -2), expect.closeTo(300, -2), expect.closeTo(200, -2)]);
    expect(await on('n01', 'cat /.statelite/statelite.log')).toMatch(/the partition table of \/dev\/nvme1n1 was cut off while it was written: it is mended from its copy/);
    expect(await on('n01', 'cat /.statelite/statelite.log')).toMatch(/\/dev\/vdb .*is used as it is[^]*\/dev\/vdb has grown to the end of the disk[^]*\/dev\/vda .*is used as it is/);
  }, 10 * MINUTES);
});

describe('a disk of somebody else', () => {
  let foreign = '';
  let stopped: CliResult;

  beforeAll(async () => {
    await off('n02');
    sh('mkfs.ext4 -qF -L home "$1"', diskFile('n02', SECOND));
    foreign = sum('n02', SECOND);
    stopped = await site.statelite('litelab', 'boot', 'n02', '--timeout', '400');
  }, 10 * MINUTES);

  test('stops the node with one clear line, here and in litestat, and not a byte of it changes', async () => {
    const line = 'local disk: REFUSED /dev/nvme0n1 (900 MiB) does not fit: partition 1 ("small") is missing. It holds ext4, no partitions; the plan wants '
      + '1 swap "small" 10%, 2 ext4 "scratch" 50%, 3 ext4 "zones" rest; nothing was touched; to let the next boot wipe it once: litedisk wipe n02 --once';
    expect(stopped).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`n02: stopped: statelite: STOPPED: ${line}`) as unknown });
    expect(consoleOf(requireLab(site.system), 'n02').split('REFUSED')).toHaveLength(2);
    await until(async () => (await site.statelite('litestat', 'n02')).stdout.includes(line));
    await off('n02');
    expect(sum('n02', SECOND)).toBe(foreign);
    expect((await site.must('litedisk', 'plan', 'n02')).stdout).toContain('/dev/nvme0n1 is REFUSED, nothing is touched');
  });

  test('is wiped once when an admin has armed that, although the node dies before it can tell', async () => {
    await site.must('litedisk', 'wipe', 'n02', '--once', '--yes', 'n02');
    await killedWhen('n02', () => /^statelite-disk 1 complete [0-9a-f]{16} small /.test(markOf('n02', SECOND)));
    const identity = identityOf('n02', SECOND);
    expect((await site.must('litedisk', 'plan', 'n02')).stdout).toContain('is armed');
    await boot('n02');
    expect(await on('n02', 'cat /.statelite/statelite.log')).toMatch(/\/dev\/nvme0n1 \(900 MiB\) is used as it is/);
    await on('n02', 'echo mine >/srv/mine; sync');
    await until(async () => !(await site.must('litedisk', 'plan', 'n02')).stdout.includes('is armed'));
    expect(identityOf('n02', SECOND)).toBe(identity);
  }, 10 * MINUTES);
});

describe('disks that a node can do without', () => {
  const BAD = [SECOND, '5-virtio.img', '6-virtio.img', '7-nvme.img'];
  let sums: readonly string[] = [];

  beforeAll(async () => {
    await off('n01');
    const [labelless, foreign, overwritten] = BAD.map((name) => diskFile('n01', name));
    sh('sfdisk -q --part-label "$1" 1 other', labelless ?? '');
    sh('truncate -s 100M "$1"; mkfs.ext4 -qF -L home "$1"', foreign ?? '');
    sh(`truncate -s 100M "$1"; printf 'statelite-disk 1 begun - half %s n01\n' 00000000-0000-0000-0000-000000000000 | dd of="$1" bs=4096 seek=255 conv=notrunc status=none
      printf 'label: dos\nsize=20M\n' | sfdisk -q "$1"`, overwritten ?? '');
    await site.must('chtab', 'layout=fast', 'label=fast', 'disklayout.nofail=yes');
    for (const [label, number] of [['foreign', 5], ['half', 6]]) await part('bad', String(label), `/dev/disk/by-id/virtio-n01-disk${number}`, 1, 'ext4', 'mountpoint=/home', 'nofail=yes');
    await part('bad', 'large', '/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_n01-disk7', 1, 'ext4', 'size=1G', 'nofail=yes');
    await site.must('chtab', 'layout=bad', 'label=half', 'disklayout.mountpoint=/opt');
    await site.must('chtab', 'node=state', 'localdisk.layout=state,fast,path,tree,bad');
    await site.must('nodeset', 'n01', `osimage=${IMAGE}`);
    sums = [...BAD.slice(0, 3).map((name) => sum('n01', name)), sh('head -c 100M /dev/zero | sha256sum')];
    await Promise.all([
      boot('n01', '--disk', '400M', '--disk', 'nvme:400M', '--disk', '700M', '--disk', 'nvme:400M', '--disk', '100M', '--disk', '100M', '--disk', 'nvme:100M'),
      site.must('litelab', 'reboot', 'n02', '--timeout', '400'),
    ]);
  }, 10 * MINUTES);

  test('are refused, each with what was found; the node boots without them, and not a byte of them changes', async () => {
    const told = await toldBy(site, 'n01', /^n01: booted/);
    for (const why of [
      /REFUSED \/dev\/nvme0n1 \(400 MiB\) does not fit: partition 1 is labelled "other", not "fast"/,
      /REFUSED \/dev\/vdc \(100 MiB\) does not fit: partition 1 \("foreign"\) is missing. It holds ext4, no partitions/,
      /REFUSED \/dev\/vdd \(100 MiB\): it was begun once, but now holds something else: dos/,
      /REFUSED \/dev\/nvme2n1 \(100 MiB\): it is too small: the plan wants 1026 MiB/,
    ]) expect(told).toMatch(why);
    expect(await on('n01', 'findmnt -rno SOURCE /.statelite/localdisk; findmnt -rno SOURCE /srv || echo none; sha256sum </var/cache/app/deep/keep | cut -c 1-3')).toMatch(/^\/dev\/vda3\nnone\n[0-9a-f]{3}\n$/);
    expect(BAD.map((name) => sum('n01', name))).toEqual(sums);
  });

  test('a wiped disk is not wiped at the boot after', async () => {
    expect(await on('n02', 'cat /srv/mine; grep -c WIPED /.statelite/statelite.log || true')).toBe('mine\n0\n');
  });
});

describe('disks that come up late', () => {
  const CARD = '/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_n02-card';
  const late = (name: string): string => join(site.home, `${name}.img`);
  const plugIn = async (name: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const { monitor } = nodePaths(requireLab(site.system), 'n02');
    expect(await qmp(monitor, 'blockdev-add', { 'driver': 'raw', 'node-name': name, 'file': { driver: 'file', filename: late(name) } })).toBeDefined();
    expect(await qmp(monitor, 'device_add', { driver: 'scsi-hd', bus: 'scsi.0', id: name, drive: name, serial: `n02-${name}`, ...more })).toBeDefined();
  };

  test('are waited for, and none is made in place of one that is; a disk with a name of its own may call itself removable', async () => {
    await part('card', 'card', CARD, 1, 'ext4', 'mountpoint=/mnt');
    await site.must('chtab', 'node=scratch', 'localdisk.layout=scratch,card');
    await site.must('nodeset', 'n02', `osimage=${IMAGE}`);
    await off('n02');
    renameSync(diskFile('n02', SECOND), late('scratch'));
    sh('truncate -s 64M "$1"', late('card'));
    const booting = boot('n02', '--disk', '300M', '--disk', 'nvme:900M', '--disk', 'scsi:8M');
    while (!(await isRunning(nodePaths(requireLab(site.system), 'n02').monitor))) await sleep(50);
    await Promise.race([booting, waitForConsole(site, 'n02', `localdisk: waiting for ${CARD}`, 1, 400)]);
    await plugIn('card', { removable: true });
    await waitForConsole(site, 'n02', 'localdisk: waiting for more disks, as none bears the mark of "small"', 1, 60);
    await plugIn('scratch');
    await booting;
    expect(await on('n02', 'findmnt -rno SOURCE,LABEL /.statelite/localdisk; findmnt -rno SOURCE,LABEL /mnt; cat /srv/mine; blkid /dev/nvme0n1 || true')).toMatch(/^\/dev\/sd[bc]2 scratch\n\/dev\/sd[bc]1 card\nmine\n$/);
    await off('n02');
    renameSync(late('scratch'), diskFile('n02', SECOND));
    rmSync(diskFile('n02', '3-scsi.img'));
  }, 10 * MINUTES);
});

describe('an image\'s partition file', () => {
  test('that is a script makes the first empty disk, is run again when it was cut off, can write to no other disk, and what it left is used', async () => {
    const script = join(site.home, 'disk.sh');
    writeFileSync(script, [
      '#!/bin/sh', 'wipefs -qa /dev/nvme0n1 && echo WIPED', 'printf "label: gpt\\nsize=64M\\nsize=+\\n" | sfdisk -q $STATELITE_DISK',
      'sleep 1', 'mkswap ${STATELITE_DISK}1', 'mkfs.ext4 -qF ${STATELITE_DISK}2', '',
    ].join('\n'));
    await site.must('chdef', '-t', 'osimage', IMAGE, `partitionfile=s:${script}`);
    await site.must('chtab', '-d', 'node=scratch', 'localdisk');
    await site.must('nodeset', 'n02', `osimage=${IMAGE}`);
    await off('n02');
    const other = sum('n02', SECOND);
    await killedWhen('n02', () => /^statelite-disk 1 begun - script [0-9a-f-]{36} /.test(markOf('n02', '1-virtio.img')));
    await boot('n02');
    expect(await on('n02', 'findmnt -rno SOURCE /.statelite/localdisk; swapon --show=NAME --noheadings; grep -c WIPED /.statelite/statelite.log || true; grep -c "was being made when the node was cut off" /.statelite/statelite.log')).toBe('/dev/vda2\n/dev/vda1\n0\n1\n');
    expect(sum('n02', SECOND)).toBe(other);
  }, 10 * MINUTES);

  test('that is a file makes a blank disk, and without enablepart=yes partitions that are there are used, with what is on them', async () => {
    const file = join(site.home, 'disk.cfg');
    const sections = '[disk]\ndev=/dev/vda\nclear=yes\nfstype=ext3\nparts=20,30,50\n\n[localspace]\ndev=/dev/vda3\nfstype=ext4\n\n[swapspace]\ndev=/dev/vda1\n';
    const look = 'findmnt -rno SOURCE,LABEL /.statelite/localdisk; swapon --show=NAME --noheadings; lsblk -rno NAME,FSTYPE,LABEL /dev/vda2';
    writeFileSync(file, `enable=yes\nenablepart=yes\n${sections}`);
    await site.must('chdef', '-t', 'osimage', IMAGE, `partitionfile=${file}`);
    await site.must('chtab', '-d', 'node=state', 'localdisk');
    await Promise.all([off('n01'), off('n02')]);
    rmSync(diskFile('n02', '1-virtio.img'));
    await boot('n02', '--disk', '300M', '--disk', 'nvme:900M');
    expect(await on('n02', look)).toBe('/dev/vda3 localspace\n/dev/vda1\nvda2 ext4 disk1-2\n');
    await on('n02', 'echo mine >/var/cache/app/deep/mine; sync');
    await off('n02');
    writeFileSync(file, `enable=yes\nenablepart=no\n${sections}`);
    const kept = ['n01', 'n02'].map((node) => identityOf(node, '1-virtio.img'));
    await Promise.all([boot('n01'), boot('n02')]);
    expect(await on('n02', `${look}; cat /var/cache/app/deep/mine`)).toBe('/dev/vda3 localspace\n/dev/vda1\nvda2 ext4 disk1-2\nmine\n');
    expect(await on('n01', `${look}; wc -c </var/cache/app/deep/keep; wc -c </opt/app/etc/keep`)).toBe('/dev/vda3 state\n/dev/vda1\nvda2 ext4 log\n300000\n300000\n');
    expect(['n01', 'n02'].map((node) => identityOf(node, '1-virtio.img'))).toEqual(kept);
    expect((await site.must('litedisk', 'plan', 'n02')).stdout).toMatch(/\/dev\/vda: \/dev\/vda is used as it is: it holds [^]*\n +3 {2}"localspace" ext4, as something else made it, holds localdisk rows/);
  }, 10 * MINUTES);
});
