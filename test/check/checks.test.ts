import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { CHECKS, severityOf, type Finding } from '../../lib/check/finding.ts';
import { checkImage } from '../../lib/check/litecheck.ts';
import { proposalCommand } from '../../lib/check/proposal.ts';
import { checkImageCells } from '../../lib/check/rows.ts';
import { checkValues } from '../../lib/check/values.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import type { Cluster } from '../../lib/cluster/cluster.ts';
import { asset } from '../../lib/system/assets.ts';
import { createFiles } from '../../lib/system/files.ts';
import type { Row, TableData } from '../../tables/table.ts';
import { lite } from '../helpers/liting.ts';
import { makeTree, temporaryDirectory, type TreeSpec } from '../helpers/trees.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';

let root = '';
let rootimg = '';

beforeEach(() => {
  root = temporaryDirectory();
  rootimg = join(root, 'netboot/debian12/x86_64/compute/rootimg');
  makeTree(rootimg, { 'etc/hosts': 'h' });
});

/** The tables of one image and one node, with these litefile rows as `path options`. */
function clusterOf(litefile: readonly (string | Row)[], tables: TableData = {}): Cluster {
  const rows = litefile.map((row) => {
    const [, file = '', options = ''] = typeof row === 'string' ? /^(.*?)(?: (\S*))?$/.exec(row) ?? [] : [];
    return typeof row === 'string' ? { image: 'ALL', file, options } : row;
  });
  return createCluster({
    site: [{ key: 'installdir', value: root }], litefile: rows, nodelist: [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }], nodetype: [{ node: 'all', provmethod: 'img' }],
    osimage: [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite', groups: 'lab' }], ...tables,
  });
}

function check(litefile: readonly (string | Row)[], image: TreeSpec = {}, tables: TableData = {}, exports: Readonly<Record<string, string>> = {}): readonly Finding[] {
  makeTree(rootimg, image);
  const cluster = clusterOf(litefile, tables);
  const one = cluster.image('img');
  if (one === undefined) throw new Error('no image');
  const real = createFiles();
  const files = {
    ...real, readTextIfThere: (path: string) => (path.startsWith('/etc/') ? exports[path] : real.readTextIfThere(path)),
    look: (path: string) => real.look(path === '/etc/exports.d' ? '/' : path), list: (path: string) => (path === '/etc/exports.d' ? Object.keys(exports).map((name) => name.replace('/etc/exports.d/', '')) : real.list(path)),
  };
  return checkImage({ files, env: {} }, cluster, one);
}

const codes = (findings: readonly Finding[]): readonly string[] => findings.map(({ code }) => code);

/** What rc.localdisk runs in the image; mkfs.ext4 as Debian has it. */
const DISK_TOOLS: TreeSpec = {
  ...Object.fromEntries(['sfdisk', 'wipefs', 'blkid', 'mkfs.xfs', 'mkswap', 'swapon', 'mke2fs'].map((name) => [`usr/sbin/${name}`, ''])),
  'usr/sbin/mkfs.ext4': '-> mke2fs', 'sbin': '-> usr/sbin', 'mnt/scratch/': '',
};
const part = (label: string, more: Row = {}): Row => ({ layout: 'disks', label, disk: 'first-empty', number: '1', size: '20%', fstype: 'ext4', ...more });
const disksFor = (rows: readonly Row[], localdisk: readonly Row[] = [{ node: 'all', layout: 'disks' }]): TableData => ({ disklayout: rows, localdisk });
const briefly = (findings: readonly Finding[]): readonly string[] => findings.map(({ code, row = '', reason, fix }) => `${code} ${row}: ${reason}; ${fix}`);

describe('litecheck of local disks', () => {
  test('a sound layout has no findings, and layouts of no node of the image are not its business', () => {
    const rows = [part('a', { mountpoint: '/mnt/scratch' }), part('b', { number: '2', fstype: 'swap' }), part('state', { number: '3', mountpoint: 'store' })];
    expect(check(['/etc/hosts localdisk'], DISK_TOOLS, disksFor(rows))).toEqual([]);
    expect(check(['/etc/hosts'], {}, disksFor(rows, []))).toEqual([]);
  });

  test('programs that the layouts need and the image lacks are told by row, with the package of the distribution', () => {
    const rows = [part('a', { fstype: 'xfs', size: 'rest', grow: 'yes', disk: '/dev/disk/by-id/x' }), part('b', { number: '2', fstype: 'btrfs' })];
    expect(briefly(check(['/etc/hosts'], DISK_TOOLS, disksFor(rows)))).toEqual([
      `SL023 disklayout row layout=disks label=b: mkfs.btrfs is not in the image: no disk is made, and nodes that need one stop; add btrfs-progs to the image's package list, and genimage`,
      expect.stringContaining('xfs_growfs is not in the image: the file system does not grow'), expect.stringContaining('add udev to'),
    ]);
    const tables = { ...disksFor([part('a')]), osimage: [{ imagename: 'img', osvers: 'rocky9', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite' }], linuximage: [{ imagename: 'img', rootimgdir: join(root, 'netboot/debian12/x86_64/compute') }] };
    rmSync(join(rootimg, 'usr/sbin/sfdisk'));
    rmSync(join(rootimg, 'usr/sbin/mke2fs'));
    expect(briefly(check(['/etc/hosts'], {}, tables)).filter((text) => text.includes('sfdisk') || text.includes('mkfs.ext4'))).toEqual([expect.stringMatching(/^SL023 .*sfdisk.*add util-linux/), expect.stringMatching(/^SL023 .*mkfs\.ext4.*add e2fsprogs/)]);
  });

  test('mount points that are no directory, or missing after liteimg ran', () => {
    const rows = [part('a', { mountpoint: '/etc/hosts' }), part('b', { number: '2', mountpoint: '/etc/hosts/x' }), part('c', { number: '3', mountpoint: '/srv/new' }), part('d', { number: '4', mountpoint: '/var/x' })];
    expect(briefly(check(['/var/'], DISK_TOOLS, disksFor(rows))).filter((text) => !text.includes('SL015'))).toEqual([
      expect.stringMatching(/^SL024 .*label=a: its mount point \/etc\/hosts is a file in the image/), expect.stringMatching(/^SL024 .*label=b: .* cannot be reached in the image: \/etc\/hosts is no directory/),
    ]);
    lite(rootimg, ['/var/']);
    expect(briefly(check(['/var/'], {}, disksFor(rows))).filter((text) => text.includes('label=c') || text.includes('label=d'))).toEqual([expect.stringMatching(/^SL024 .*label=c: its mount point \/srv\/new is not in the image, and the root is read-only: nodes stop there; liteimg img$/)]);
    expect(briefly(check(['/var/ ro'], {}, { ...disksFor(rows), litetree: [{ priority: '1', directory: 'a:/b' }] })).filter((text) => text.includes('label=d'))).toEqual([expect.stringMatching(/^SL024 .*\/var\/x is not there, and litefile row image=ALL file=\/var\/ makes \/var read-only/)]);
  });

  test('litefile rows that a partition hides', () => {
    const rows = [part('log', { mountpoint: '/mnt/scratch/' })];
    const found = check(['/mnt/scratch/state persistent', '/mnt/', '/etc/hosts'], { ...DISK_TOOLS, 'mnt/scratch/state': 's' }, { ...disksFor(rows), statelite: [{ node: 'all', statemnt: 'a:/b' }] });
    expect(briefly(found)).toEqual([expect.stringMatching(/^SL025 litefile row image=ALL file=\/mnt\/scratch\/state: disklayout row layout=disks label=log is mounted at \/mnt\/scratch after the rows are made: its nodes do not see what this row gives them, and what they keep lies beside it; /)]);
    const inRam = (localdisk: readonly Row[]): readonly string[] => codes(check(['/mnt/scratch/', '/etc/hosts'], {}, disksFor(rows, localdisk)));
    expect([inRam([{ node: 'all', layout: 'disks' }]), inRam([{ node: 'n01', layout: 'disks' }])]).toEqual([['SL025'], []]);
  });

  test('a directory on a local disk that all nodes have is a place to write, and needs no row', () => {
    const missing = (tables: TableData, image: TreeSpec = {}): readonly string[] => check(['/etc/hosts'], image, tables).filter(({ code }) => code === 'SL015').map(({ proposal }) => proposal?.['file'] ?? '');
    const log = [part('log', { mountpoint: '/var/log/' })];
    expect(missing(disksFor(log), { ...DISK_TOOLS, 'var/log/x': 'x' })).toEqual([]);
    expect(missing(disksFor(log, [{ node: 'n01', layout: 'disks' }]))).toEqual(['/var/log/']);
    expect(missing(disksFor([part('log', { mountpoint: '/var/log', mntopts: 'noatime,ro' })]))).toEqual(['/var/log/']);
  });

  test('kernel names of disks, once for each disk', () => {
    const rows = [part('a', { disk: '/dev/sda' }), part('b', { disk: '/dev/sda', number: '2' }), part('c', { disk: '/dev/nvme0n1' }), part('d', { disk: 'size>=10G' })];
    const found = check(['/etc/hosts'], DISK_TOOLS, disksFor(rows));
    expect(found.map(({ code, row, reason }) => [code, row, reason.split(',')[0]])).toEqual([['SL026', 'disklayout row layout=disks label=a', 'the disk is /dev/sda'], ['SL026', 'disklayout row layout=disks label=c', 'the disk is /dev/nvme0n1']]);
  });

  test('what a partition is to be filled from must be a directory of the image', () => {
    const rows = [part('a', { populate: '/etc/hosts' }), part('b', { number: '2', populate: '/gone/' }), part('c', { number: '3', populate: '/etc/' })];
    expect(briefly(check(['/etc/hosts'], DISK_TOOLS, disksFor(rows)))).toEqual([expect.stringMatching(/^SL027 .*label=a: .*\/etc\/hosts, which is a file in the image/), expect.stringMatching(/^SL027 .*label=b: .*\/gone, which is not in the image/)]);
  });

  test('a node with layouts by two groups gets one; its own row settles it', () => {
    const tables = { nodelist: [{ node: 'n01', groups: 'rack,all' }, { node: 'n02', groups: 'rack,all' }, { node: 'n03', groups: 'all' }, { node: 'n04', groups: 'rack,all' }] };
    const layouts = [{ node: 'all', layout: 'disks' }, { node: 'rack', layout: 'more' }, { node: 'n04', layout: 'disks' }];
    expect(briefly(check(['/etc/hosts'], DISK_TOOLS, { ...tables, ...disksFor([part('a'), { ...part('b'), layout: 'more' }], layouts) }))).toEqual([
      'SL028 localdisk row node=all: n01 is in rack (more) too, which comes first in nodelist.groups: it does not get disks; the same for 1 more; for both: chtab node=rack localdisk.layout=more,disks; for one: a localdisk row of the node itself',
    ]);
  });

  test('localdisk rows without a partition to live on', () => {
    expect(briefly(check(['/etc/hosts localdisk'], DISK_TOOLS, disksFor([part('a')], [{ node: 'n02', layout: 'disks' }])))).toEqual([
      expect.stringMatching(/^SL029 : n01: \/etc\/hosts is localdisk, but no disk layout is named for n01; /), expect.stringMatching(/^SL029 : n02: .*no partition of the layout disks has the mount point store; /),
    ]);
  });
});

test('an overlay that is named and not there is told once, by the row that names it', () => {
  makeTree(root, { 'overlays/local/etc/hosts': 'x' });
  const tables = { overlays: [{ node: 'all', overlays: 'locl' }, { node: 'nobody', overlays: 'never' }], osimage: [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite', overlays: 'local,gone' }] };
  expect(briefly(check(['/etc/hosts'], {}, tables))).toEqual([
    expect.stringMatching(/^SL030 osimage row imagename=img: there is no overlay gone: nodes get no plan; /), expect.stringMatching(/^SL030 overlays row node=all: there is no overlay locl: nodes get no plan; did you mean local\? /),
  ]);
});

describe('litecheck of rows', () => {
  test('a sound table and image have no findings', () => {
    expect(check(['/etc/hosts'])).toEqual([]);
  });

  test('every row that liteimg would refuse is told at once, with its row', () => {
    const findings = check(['/etc/hosts wrong', 'relative', { image: 'img', file: '/a' }, { image: 'img', file: '/a/' }, '/srv/ persistent', '/srv/x ro'], {}, { statelite: [{ node: 'all', statemnt: 'a:/b' }], litetree: [{ priority: '1', directory: 'a:/b' }] });
    expect(findings.map(({ code, row }) => [code, row])).toEqual([
      ['SL001', 'litefile row image=ALL file=/etc/hosts'], ['SL002', 'litefile row image=ALL file=relative'], ['SL003', undefined], ['SL004', 'litefile row image=ALL file=/srv/x'],
    ]);
    expect(findings.every(({ reason, fix }) => reason !== '' && fix !== '')).toBe(true);
  });

  test('a row for no image, one that its parent covers, two spellings of one path, a volatile path', () => {
    expect(checkImageCells(clusterOf([{ image: 'lab', file: '/a' }, { image: 'img', file: '/b' }, '/c', { image: 'gone', file: '/d' }])).map(({ row }) => row)).toEqual(['litefile row image=gone file=/d']);
    const image = { 'var/log/messages': 'm', 'lib': '-> usr/lib', 'usr/lib/x': '', 'var/run': '-> /run', 'run/': '' };
    const found = check(['/var/', '/var/log/messages', '/var/log/new', '/lib/x', '/usr/lib/x', '/var/run/lock'], image);
    expect(found.map(({ code, row }) => [code, row])).toEqual([
      ['SL006', 'litefile row image=ALL file=/var/log/messages'], ['SL007', 'litefile row image=ALL file=/usr/lib/x'], ['SL008', 'litefile row image=ALL file=/var/run/lock'],
    ]);
  });

  test('ro and con without any litetree row', () => {
    expect(codes(check(['/etc/hosts ro', '/etc/x con']))).toEqual(['SL009', 'SL009']);
    expect(codes(check(['/etc/hosts ro', '/etc/x con'], {}, { litetree: [{ priority: '1', image: 'other', directory: 'a:/b' }] }))).toEqual(['SL009', 'SL009']);
    expect(codes(check(['/etc/hosts ro', '/etc/x con'], {}, { litetree: [{ priority: '1', image: 'lab', directory: 'a:/b' }] }))).toEqual([]);
  });

  test('persistent rows for nodes without a store, and variables that are unset, name the nodes', () => {
    const [store, trees] = check(['/etc/hosts persistent'], {}, { statelite: [{ node: 'n02', statemnt: 'a:/b' }], litetree: [{ priority: '1', directory: 'a:/$nodepos.room' }] });
    expect([store?.code, store?.reason]).toEqual(['SL011', expect.stringContaining('n01')]);
    expect([trees?.code, trees?.reason]).toEqual(['SL010', expect.stringMatching(/^n01: \/etc\/hosts is persistent/)]);
    expect(check(['/etc/hosts persistent']).map(({ reason }) => reason)).toEqual([expect.stringMatching(/the same for 1 more: n02$/)]);
  });

  test('a file that its writers replace by rename, unless its directory is writable', () => {
    expect(check(['/etc/passwd', '/etc/resolv.conf bind']).map(({ code, fix }) => [code, fix.slice(0, 42)])).toEqual([['SL012', 'a row for /etc/ with the option overlay ma'], ['SL012', 'a row for /etc/ with the option overlay ma']]);
    expect(codes(check(['/etc/ overlay', '/etc/passwd bind,persistent'], {}, { statelite: [{ node: 'all', statemnt: 'a:/b' }] }))).not.toContain('SL012');
  });

  test('values of node tables that look like a directory and are read as a regular expression', () => {
    const rows = (statemnt: string): TableData => ({ statelite: [{ node: 'all', statemnt }] });
    expect(checkValues(clusterOf([], rows('/nodes/state/'))).map(({ code, row, fix }) => [code, row, fix])).toEqual([['SL019', 'statelite row node=all', 'write /nodes/state, without the last slash']]);
    for (const value of ['/nodes/state', '/n0/rack-/', '/\\z/-bmc/', 'a:/nodes/state/', '/a/b/c/']) expect(checkValues(clusterOf([], rows(value)))).toEqual([]);
  });
});

describe('litecheck of an image', () => {
  test('private keys and shared keys are told, with who can read them', () => {
    const image = { 'etc/ssh/ssh_host_rsa_key': KEY, 'etc/ssh/ssh_host_rsa_key.pub': 'ssh-rsa', 'root/.ssh/id_rsa': KEY, 'home/eve/.ssh/id_x': KEY, 'etc/munge/munge.key': 'x', 'etc/shadow': 'root:*:', 'etc/ssl/private/link': '-> /etc/hosts' };
    makeTree(rootimg, image);
    for (const name of Object.keys(image)) if (!name.endsWith('link')) chmodSync(join(rootimg, name), 0o600);
    chmodSync(join(rootimg, 'root/.ssh/id_rsa'), 0o644);
    const found = check(['/etc/hosts']);
    expect(found.map(({ code, reason }) => [code, reason.split(' ')[0]])).toEqual([['SL013', '/etc/ssh/ssh_host_rsa_key'], ['SL013', '/root/.ssh/id_rsa'], ['SL013', '/home/eve/.ssh/id_x'], ['SL013', '/etc/munge/munge.key']]);
    expect(found[1]?.reason).toContain('every user of every node can read it (mode 644)');
    chmodSync(join(rootimg, 'etc/shadow'), 0o644);
    expect(check(['/etc/hosts']).at(-1)?.reason).toContain('/etc/shadow in the image is the passwords');
  });

  test('services without a place to write get the rows they need, also those that only a timer, a socket or an alias starts', () => {
    const found = check(['/var/log/'], {
      'var/log/': '', 'tmp/': '', 'usr/lib/systemd/systemd': 'elf', 'etc/machine-id': '', 'usr/lib/systemd/system/default.target': '-> multi-user.target', 'usr/lib/systemd/system/multi-user.target': '[Unit]\nRequires=basic.target\n',
      'usr/lib/systemd/system/basic.target': '[Unit]\nWants=none.service\n', 'etc/systemd/system/multi-user.target.wants/app.service': '-> /usr/lib/systemd/system/app.service',
      'usr/lib/systemd/system/app.service': '[Service]\nStateDirectory=app app/sub\nLogsDirectory=app\n', 'etc/systemd/system/app.service.d/more.conf': '[Service]\nCacheDirectory=appcache\nPrivateTmp=yes\n',
      'etc/systemd/system/multi-user.target.wants/dyn@one.timer': '-> /usr/lib/systemd/system/dyn@.timer', 'usr/lib/systemd/system/dyn@.timer': '[Timer]\nUnit=job.service\n', 'usr/lib/systemd/system/job.service': '[Service]\nDynamicUser=yes\nStateDirectory=job\n',
      'usr/lib/systemd/system/multi-user.target.wants/in.socket': '-> ../in.socket', 'usr/lib/systemd/system/in.socket': '[Socket]\nAccept=yes\n', 'usr/lib/systemd/system/in@.service': '[Service]\nStateDirectory=in\n',
      'etc/systemd/system/multi-user.target.wants/off.service': '-> /usr/lib/systemd/system/off.service', 'etc/systemd/system/off.service': '-> /dev/null', 'usr/lib/systemd/system/off.service': '[Service]\nStateDirectory=off\n',
      'usr/lib/systemd/system/idle.service': '[Service]\nStateDirectory=idle\n',
    });
    expect(found.map(({ code, proposal }) => [code, proposal?.['file']])).toEqual([
      ['SL016', '/etc/machine-id'], ['SL015', '/tmp/'], ['SL015', '/var/cache/appcache/'], ['SL015', '/var/lib/app/'], ['SL015', '/var/lib/in/'], ['SL015', '/var/lib/private/job/'], ['SL015', '/var/tmp/'],
    ]);
    expect(check(['/var/log/', '/tmp/', '/var/cache/appcache/', '/var/lib/', '/var/tmp/', '/etc/machine-id'])).toEqual([]);
  });

  test('a proposed row fits the rows that are there', () => {
    const litetree = [{ priority: '1', directory: 'a:/b' }];
    expect(check(['/var/log/x bind'], { 'var/log/x': '', 'var/log/y': '' }).map(({ proposal }) => proposal?.['options'])).toEqual(['bind']);
    expect(check(['/var/ ro'], {}, { litetree }).map(({ code, fix, proposal }) => [code, fix, proposal])).toEqual([['SL015', 'litefile row image=ALL file=/var/ shows it read-only: give that row another option', undefined]]);
  });

  test('a machine-id in the image is told, an empty one is as it should be', () => {
    const image = { 'usr/lib/systemd/systemd': 'elf', 'etc/machine-id': `${'0123456789abcdef'.repeat(2)}\n` };
    expect(check(['/etc/machine-id'], image).map(({ code, fix }) => [code, fix])).toEqual([['SL016', `empty the file in the image: truncate -s 0 ${rootimg}/etc/machine-id`]]);
    lite(rootimg, ['/etc/machine-id']);
    expect(check(['/etc/machine-id'])[0]?.fix).toContain('rootimg/.default/etc/machine-id');
    writeFileSync(join(rootimg, '.default/etc/machine-id'), '');
    expect(check(['/etc/machine-id'])).toEqual([]);
  });

  test('tmpfiles lines that cannot be done are told once, those that can or need not be are not', () => {
    const found = check(['/var/spool/'], {
      'usr/lib/tmpfiles.d/a.conf': ['# comment', 'd /var/lib/a 0755 root root -', 'd /var/spool/b', 'd /run/c', 'L /etc/link - - - - ../x', 'f+ /etc/f 0644 - - - text', 'd /srv 0700 - -', 'r! /forcefsck', 'd- /opt/x', 'd /var/%b', 'C /etc/none', 'q /home 0755'].join('\n'),
      'usr/lib/tmpfiles.d/b.conf': 'd /var/lib/b\n', 'etc/tmpfiles.d/b.conf': '-> /dev/null', 'srv/': '', 'home/': '', 'run/': '', 'var/lib/': '',
    });
    expect(found.map(({ code, fix }) => [code, fix.replace(rootimg, '')])).toEqual([
      ['SL017', 'chtab image=img file=/var/lib/a/ litefile.options=   (in RAM; with persistent it is kept over a reboot)'],
      ['SL017', 'ln -s ../x /etc/link'], ['SL017', 'touch /etc/f'], ['SL017', 'chmod 700 /srv'],
    ]);
  });

  test('a relative symlink out of a linked directory is told, unless its target is linked too', () => {
    const image = { 'var/log/README': '-> ../../usr/share/doc/r', 'var/log/sub/in': '-> ../other', 'var/log/abs': '-> /usr/x', 'var/log/state': '-> ../lib/app/state', 'usr/share/doc/r': '' };
    expect(codes(check(['/var/log/'], image))).toEqual(['SL018']);
    expect(check(['/var/log/', '/var/lib/app/'])[0]?.reason).toMatch(/^\/var\/log\/README -> .* to nothing$/);
    expect(codes(check(['/var/log/ bind']))).toEqual([]);
    lite(rootimg, ['/var/log/']);
    expect(codes(check(['/var/log/']))).toEqual(['SL018']);
  });

  test('overlays that cannot be made are told once for all nodes, and scripts that need bash', () => {
    makeTree(root, { 'overlays/a/etc/new': 'x', 'overlays/a/statelite/init.d/70-x': '#!/bin/sh\nif [ $? == 0 ]; then :; fi\n' });
    const tables = { overlays: [{ node: 'all', overlays: 'a' }] };
    const found = check(['/etc/hosts'], { 'bin/bash': '' }, tables).filter(({ code }) => code === 'SL021' || code === 'SL022');
    expect(found.map(({ code, reason, fix }) => [code, reason, fix])).toEqual([['SL021', 'overlay a, etc/new: no litefile row covers /etc/new, so the node has nowhere to put it; the same for 1 more: n02', 'chtab image=ALL file=/etc/new litefile.options=   and then liteimg img']]);
    expect(codes(check(['/etc/hosts', '/etc/new'], { 'bin/bash': '' }, tables)).filter((code) => code === 'SL022')).toEqual(['SL022']);
  });

  test('every code has a test here', () => {
    const texts = ['checks.test.ts', 'partition-file.test.ts', 'litecheck.machine.test.ts'].map((name) => readFileSync(asset(`test/check/${name}`), 'utf8')).join('\n');
    expect(Object.keys(CHECKS).filter((code) => !new RegExp(`['\`^]${code}`).test(texts))).toEqual([]);
  });

  test('exports by which nodes could write to the image are told, the deepest one of a client counts', () => {
    const exported = (text: string, more: Readonly<Record<string, string>> = {}): readonly string[] => check(['/etc/hosts'], {}, {}, { '/etc/exports': text, ...more }).map(({ reason }) => reason.split(' to ')[1] ?? '');
    expect(exported(`${root} 10.0.0.0/24(ro,no_root_squash)\n`)).toEqual([]);
    expect(exported(`# ${root} *(rw)\n"${root}/" -no_subtree_check,rw 10.0.0.0/24 \\\n  host(ro)\n`)).toEqual([expect.stringMatching(/^10\.0\.0\.0\/24: /)]);
    expect(exported(`${root} *(rw)\n${root}/netboot *(ro)\n`)).toEqual([]);
    expect(check(['/etc/hosts'], {}, {}, { '/etc/exports': `${root} *(rw)\n` })).toEqual([expect.objectContaining({ code: 'SL014', fix: expect.stringContaining('exportfs -ra') as unknown })]);
    expect(exported('', { '/etc/exports.d/a.exports': `${root}/netboot @nodes(rw)\n`, '/etc/exports.d/old': `${root} *(rw)\n` })).toEqual([expect.stringMatching(/^@nodes: /)]);
    expect(exported(`${root}x *(rw)\n`)).toEqual([]);
  });

  test('a root tree that is not there', () => {
    const cluster = clusterOf([], { osimage: [{ imagename: 'img', osvers: 'a', osarch: 'b', profile: 'c', provmethod: 'statelite' }] });
    const image = cluster.image('img');
    expect(image && codes(checkImage({ files: createFiles(), env: {} }, cluster, image))).toEqual(['SL020']);
  });
});

test('a proposed row is a command that a shell reads as it is meant', () => {
  expect(proposalCommand({ image: 'img', file: '/var/lib/a b\'$x/', options: '' })).toBe('chtab image=img \'file=/var/lib/a b\'\\\'\'$x/\' litefile.options=');
});

test('codes are numbered without gaps, each with a severity', () => {
  expect(Object.keys(CHECKS)).toEqual(Object.keys(CHECKS).map((_, index) => `SL${String(index + 1).padStart(3, '0')}`));
  expect(severityOf({ code: 'SL001', reason: '', fix: '' })).toBe('error');
});
