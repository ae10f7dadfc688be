// Side by side with Warewulf 4: what an admin writes and types for the same need, what a node downloads, and the memory it holds after boot.
// Run as root after `npm run build`, with a site whose image boots in litelab (that of the quickstart will do):
//   node test/bench/warewulf.mjs [STATELITE_HOME of the site] [node]
// Our commands are carried out on tables and an image of their own, so that what is counted is what works; our bytes and memory are measured on the
// virtual node. Warewulf is not run: its files and commands are those its authors published, its bytes and memory are what its documents say happens to
// an image, for the same root tree. Each figure names its source. Sources:
//   [blog]  "Stateless Provisioning of Stateful Nodes: Examples with Warewulf 4", CIQ, 2022-12-01
//   [docs]  user guide and code of Warewulf 4.7 (2026): images are cpio, compressed with gzip; the whole image is the initramfs or is unpacked into a tmpfs
//   [here]  measured by this script
//
// Figures of 2026-11-22, virtual machine with 2 cores, Debian 12 image of 362 MB with Debian's cloud kernel, node of 1 GiB under software emulation, machine quiet:
//   (a) scratch 0 files and 4 commands (Warewulf: 2 files of 12 lines, 2 commands), (b) swap and scratch 0 and 5 (2 of 24 lines, 2), (c) logs besides 0 and 6 (2 of 37 lines, 2),
//   (d) overlay order 2 files and 3 commands (2 and 2), (e) layouts by node 3 commands (3), a motd for each of two groups 2 files and 4 commands (2 and 3), a file that is kept
//   0 and 4 (not to be had); downloaded 65.7 MB (125.5 MB), held 176.0 MB of memory (about 530 MB).
// Putting files where overlays and trees lie is counted on neither side. The article's own files do here what they do there: 2 files, and the rows that test/boot/seed-warewulf types.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const program = new URL('../../dist/statelite.js', import.meta.url).pathname;
const home = process.argv[2] ?? '/var/lib/statelite/quickstart';
const node = process.argv[3] ?? 'n01';
const IMAGE = 'debian12-x86_64-compute';

const OVERLAY_SET = 'wwctl profile set --system wwinit,NAME default';
/** Each need: ours as files and commands, Warewulf's as published. Lines of a file are those that are no comment and not blank. */
const NEEDS = [
  {
    need: '(a) local scratch',
    ours: { commands: [layoutRow('scratch', 'local-scratch', 1, 'ext4', '/mnt/scratch'), 'chtab node=compute localdisk.layout=scratch', `liteimg ${IMAGE}`, `nodeset compute osimage=${IMAGE}`] },
    theirs: { files: { 'init.d/70-mkfs-local-scratch': linesOf('70-mkfs-local-scratch'), 'etc/fstab.ww': 1 }, commands: [OVERLAY_SET.replace('NAME', 'local-scratch'), 'wwctl overlay build'], source: 'blog',
      native: 'or, Preview: 0 files, 3 commands (--fsname --fsformat --fspath; overlay ignition) [docs]' },
  },
  {
    need: '(b) swap and scratch',
    ours: { commands: [layoutRow('both', 'local-swap', 1, 'swap', '', '2G'), layoutRow('both', 'local-scratch', 2, 'ext4', '/mnt/scratch'), 'chtab node=compute localdisk.layout=both', `liteimg ${IMAGE}`, `nodeset compute osimage=${IMAGE}`] },
    theirs: { files: { 'init.d/70-parted': linesOf('70-parted'), 'etc/fstab.ww': 2 }, commands: [OVERLAY_SET.replace('NAME', 'parted'), 'wwctl overlay build'], source: 'blog',
      native: 'or, Preview: 0 files, 4 commands, of which two for the disk [docs]' },
  },
  {
    need: '(c) logs kept, beside both',
    ours: { commands: [layoutRow('logs', 'local-swap', 1, 'swap', '', '2G'), layoutRow('logs', 'local-log', 2, 'ext4', '/var/log', '2G', 'disklayout.populate=/var/log'),
      layoutRow('logs', 'local-scratch', 3, 'ext4', '/mnt/scratch'), 'chtab node=compute localdisk.layout=logs', `liteimg ${IMAGE}`, `nodeset compute osimage=${IMAGE}`] },
    theirs: { files: { 'init.d/70-parted': linesOf('70-parted-with-log'), 'etc/fstab.ww': 3 }, commands: [OVERLAY_SET.replace('NAME', 'parted'), 'wwctl overlay build'], source: 'blog',
      native: 'without the script: nothing fills the file system once from the image [docs]' },
  },
  {
    need: '(d) a later overlay\'s fstab',
    ours: { files: { 'install/overlays/base/etc/fstab': 1, 'install/overlays/later/etc/fstab': 1 }, commands: [`chtab imagename=${IMAGE} osimage.overlays=base`, 'chtab node=compute overlays.overlays=later', `nodeset compute osimage=${IMAGE}`] },
    theirs: { files: { 'base/etc/fstab.ww': 1, 'later/etc/fstab.ww': 1 }, commands: [OVERLAY_SET.replace('NAME', 'base,later'), 'wwctl overlay build'], source: 'blog' },
  },
  {
    need: '(e) one layout here, one there',
    ours: { commands: ['chtab node=n01 localdisk.layout=scratch', 'chtab node=n02 localdisk.layout=both', `nodeset compute osimage=${IMAGE}`] },
    theirs: { files: {}, commands: [OVERLAY_SET.replace('NAME', 'local-scratch').replace('default', 'one'), OVERLAY_SET.replace('NAME', 'parted').replace('default', 'other'), 'wwctl overlay build'], source: 'blog',
      native: 'both layouts as made above; the blog sets the default profile, here one for each kind of nodes' },
  },
  {
    need: 'a motd for each of two groups',
    ours: {
      files: { 'trees/rack1/etc/motd': 1, 'trees/rack2/etc/motd': 1 },
      commands: ['chtab image=ALL file=/etc/motd litefile.options=', 'chtab priority=1 litetree.directory=10.0.0.1:TREES/$nodepos.rack', `liteimg ${IMAGE}`, `nodeset compute osimage=${IMAGE}`],
    },
    theirs: { files: { 'rack1/etc/motd': 1, 'rack2/etc/motd': 1 }, commands: ['wwctl profile set --system-overlays …,rack1 rack1', 'wwctl profile set --system-overlays …,rack2 rack2', 'wwctl overlay build'], source: 'docs' },
  },
  {
    need: 'one file that each node keeps',
    ours: { commands: ['chtab image=ALL file=/etc/license.key litefile.options=persistent', 'chtab node=compute statelite.statemnt=10.0.0.1:/state', `liteimg ${IMAGE}`, `nodeset compute osimage=${IMAGE}`] },
    theirs: { impossible: 'nothing keeps a file; only whole file systems on a disk, or an NFS line in fstab', source: 'docs' },
  },
];

/** Lines of a script of the article, as it stands in test/boot. */
function linesOf(name) {
  return readFileSync(new URL(`../boot/seed-warewulf/${name}`, import.meta.url), 'utf8').split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).length;
}

console.log('What an admin writes and types');
console.log(`${'need'.padEnd(32)} ${'statelite [here]'.padEnd(34)} Warewulf 4`);
const trial = mkdtempSync(join(tmpdir(), 'statelite-warewulf-'));
try {
  prepare();
  for (const { need, ours, theirs } of NEEDS) {
    for (const [path, lines] of Object.entries(ours.files ?? {})) writeUnder(trial, path, path.endsWith('fstab') ? 'LABEL=local-swap swap swap defaults,nofail 0 0\n' : 'Welcome.\n'.repeat(lines));
    for (const command of ours.commands) carryOut(trial, command.replace('TREES', join(trial, 'trees')).split(' '));
    console.log(`${need.padEnd(32)} ${written(ours).padEnd(34)} ${'impossible' in theirs ? theirs.impossible : written(theirs)} [${theirs.source}]`);
    if (theirs.native !== undefined) console.log(`${' '.repeat(68)}${theirs.native}`);
  }
} finally {
  statelite(trial, 'litedb', 'stop');
  rmSync(trial, { recursive: true });
}

const root = join(home, `install/netboot/debian12/x86_64/compute/rootimg`);
const boot = measured();
const image = packed(root);
const files = Math.round(image.unpacked / 1e6);
console.log(`\nWhat a node downloads until its login prompt, root tree of ${files} MB (${image.names} names)`);
row('kernel, initrd, loader and its files', boot.loaded, '[here] file sizes', 'kernel and initramfs', boot.kernel, '[here] the same kernel; [docs] the image is the initramfs');
row('by network after the kernel started', boot.received, '[here] counters of its interface', 'image, cpio and gzip', image.compressed, '[here] this tree packed so; [docs] all of it at each boot');
row('of which read from the image by NFS', boot.nfs, '[here] /proc/self/mountstats', '', undefined, '');
row('together', boot.loaded + boot.received, '', 'together', boot.kernel + image.compressed, 'without overlays, a few MB more: the wwclient program is in each node\'s [docs]');
console.log('\nMemory a node holds after boot');
row('MemTotal less MemAvailable', boot.held, '[here] /proc/meminfo', 'pinned by the image, unpacked', image.unpacked, '[here] this tree; [docs] full unpacked image pinned (initramfs) or swappable (tmpfs)');
row('of which in tmpfs: its own files', boot.tmpfs, '[here] Shmem', 'while it boots, besides', image.compressed, '[docs] single stage holds compressed and unpacked image at once');
console.log(`${' '.repeat(4)}The programs themselves hold the same in both, so the node of Warewulf holds about ${megabytes(boot.held - boot.tmpfs + image.unpacked)}.`);

// --- internal ---

function layoutRow(layout, label, number, fstype, mountpoint, size, ...more) {
  return ['chtab', `layout=${layout}`, `label=${label}`, 'disklayout.disk=first-empty', `disklayout.number=${number}`, `disklayout.fstype=${fstype}`, ...(mountpoint === '' ? [] : [`disklayout.mountpoint=${mountpoint}`]),
    ...(size === undefined ? [] : [`disklayout.size=${size}`]), 'disklayout.nofail=yes', ...more].join(' ');
}

function written({ files = {}, commands }) {
  const names = Object.keys(files);
  const lines = names.reduce((sum, name) => sum + files[name], 0);
  return `${names.length} files of ${lines} lines, ${commands.length} commands`;
}

function row(ours, figure, source, theirs, other, otherSource) {
  console.log(`  ${ours.padEnd(38)} ${megabytes(figure).padStart(9)}  ${source}`);
  if (other !== undefined) console.log(`    Warewulf: ${theirs.padEnd(30)} ${megabytes(other).padStart(7)}  ${otherSource}`);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function carryOut(where, words) {
  statelite(where, ...words);
}

function statelite(where, ...words) {
  return execFileSync(process.execPath, [program, ...words], { env: { ...process.env, STATELITE_HOME: where, STATELITE_DATABASE_URL: '' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function writeUnder(directory, path, text) {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

// Two nodes and an image as small as commands take it.
function prepare() {
  chmodSync(trial, 0o755);
  for (const [key, value] of [['installdir', 'install'], ['tftpdir', 'tftpboot']]) carryOut(trial, ['chtab', `key=${key}`, `site.value=${join(trial, value)}`]);
  carryOut(trial, ['chtab', 'key=master', 'site.value=10.0.0.1']);
  for (const at of [1, 2]) carryOut(trial, ['mkdef', '-t', 'node', `n0${at}`, 'groups=compute', `ip=10.0.0.1${at}`, `mac=52:54:00:00:00:1${at}`, `rack=rack${at}`]);
  carryOut(trial, ['mkdef', '-t', 'osimage', IMAGE, 'osvers=debian12', 'osarch=x86_64', 'profile=compute', 'provmethod=statelite']);
  for (const path of ['rootimg/etc/motd', 'rootimg/etc/license.key', 'rootimg/etc/init.d/skeleton', 'rootimg/usr/x', 'rootimg/var/log/x', 'kernel', 'initrd-statelite.gz']) writeUnder(trial, join('install/netboot/debian12/x86_64/compute', path), 'x\n');
  carryOut(trial, ['tabrestore', '-a', new URL('../../tables/samples/litefile.csv', import.meta.url).pathname]);
  carryOut(trial, ['liteimg', IMAGE]);
}

// Boots the node in the lab and looks at what it got and holds.
function measured() {
  const paths = ['tftpboot/pxelinux.0', 'tftpboot/ldlinux.c32', `tftpboot/pxelinux.cfg/${node}`, 'tftpboot/xcat/netboot/debian12/x86_64/compute/kernel', 'tftpboot/xcat/netboot/debian12/x86_64/compute/initrd.gz'].map((path) => join(home, path));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} is not there: run npm run quickstart first, or name a site whose node ${node} boots by pxelinux`);
  const sizes = paths.map((path) => statSync(path).size);
  statelite(home, 'litelab', 'up');
  try {
    const [, seconds] = /up in ([\d.]+) s/.exec(statelite(home, 'litelab', 'boot', node, '--timeout', '400')) ?? [];
    const seen = statelite(home, 'litelab', 'run', '--timeout', '300', node, 'systemctl is-system-running --wait >/dev/null; while [ -e /.statelite/curl ]; do sleep 1; done; cat /proc/meminfo /proc/self/mountstats; echo RECEIVED $(cat /sys/class/net/e*/statistics/rx_bytes)');
    const info = Object.fromEntries([...seen.matchAll(/^(\w+): +(\d+) kB$/gm)].map(([, name, kilobytes]) => [name, Number(kilobytes) * 1024]));
    const received = Number(/^RECEIVED (\d+)/m.exec(seen)?.[1]);
    const [, mount = ''] = /device \S+ mounted on \/ with fstype nfs([^]*?)(?:\ndevice|$)/.exec(seen) ?? [];
    const nfs = Number(/bytes:\s+(?:\d+ ){4}(\d+)/.exec(mount.replaceAll('\t', ' '))?.[1]);
    console.log(`\n${node} booted in ${seconds} s (virtual, software emulation); MemTotal ${megabytes(info.MemTotal)}`);
    return { loaded: sizes.reduce((sum, size) => sum + size, 0), kernel: sizes[3], received, nfs, held: info.MemTotal - info.MemAvailable, tmpfs: info.Shmem };
  } finally {
    statelite(home, 'litelab', 'down');
  }
}

// The root tree as Warewulf packs it, and as it lies in memory: each file in whole pages.
function packed(tree) {
  const compressed = Number(spawnSync('sh', ['-c', 'cd "$1" && find . -xdev | cpio --quiet -o -H newc 2>/dev/null | gzip | wc -c', 'sh', tree], { encoding: 'utf8' }).stdout);
  const listing = execFileSync('find', [tree, '-xdev', '-printf', '%i %n %s %y\n'], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim().split('\n').map((line) => line.split(' '));
  const inodes = new Map(listing.map(([inode, , size, type]) => [inode, type === 'f' ? Math.ceil(Number(size) / 4096) * 4096 : 0]));
  return { compressed, unpacked: [...inodes.values()].reduce((sum, size) => sum + size, 0), names: listing.length };
}
