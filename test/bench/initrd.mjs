// From /init to switch_root: our initrd beside a hand-made one of busybox that does the same mounts and nothing else, by turns on the same virtual node.
// Ours also gets the plan over TLS, carries it out and reports. Times are the node's own clock, from "Run /init" to the first program of the root.
// Run as root after `npm run quickstart`: node test/bench/initrd.mjs [runs]
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';

const runs = Number(process.argv[2] ?? 5);
const home = process.env.STATELITE_HOME ?? '/var/lib/statelite/quickstart';
const image = join(home, 'install/netboot/debian12/x86_64/compute');
const root = join(image, 'rootimg');
const TAP = 'tbench';
const MAC = '52:54:00:30:00:11';
const statelite = (...words) => execFileSync(process.execPath, [new URL('../../dist/statelite.js', import.meta.url).pathname, ...words], { env: { ...process.env, STATELITE_HOME: home }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const work = mkdtempSync(join(tmpdir(), 'statelite-bench-'));

try {
  statelite('nodeset', 'n01', 'osimage=debian12-x86_64-compute');
  statelite('litelab', 'up');
  const { pid } = JSON.parse(readFileSync(join(home, 'lab/state.json'), 'utf8'));
  const inside = ['-t', String(pid), '--net', '--mount', '--pid', '--uts', '--'];
  for (const words of [['tuntap', 'add', 'dev', TAP, 'mode', 'tap'], ['link', 'set', TAP, 'master', 'lab0', 'up']]) execFileSync('nsenter', [...inside, 'ip', ...words]);
  const append = /APPEND initrd=\S+ (.*)/.exec(readFileSync(join(home, 'tftpboot/pxelinux.cfg/n01'), 'utf8'))[1];
  const small = makeSmallInitrd();
  const initrds = { 'hand-made': small, ours: join(image, 'initrd-statelite.gz') };
  const taken = { 'hand-made': [], ours: [] };
  console.log(`${'run'.padStart(6)} ${'hand-made'.padStart(10)} ${'ours'.padStart(8)} ${'ratio'.padStart(6)}`);
  for (let run = 1; run <= runs; run += 1) {
    for (const [name, initrd] of Object.entries(initrds)) taken[name].push(await seconds(inside, initrd, append));
    show(run, taken['hand-made'].at(-1), taken.ours.at(-1));
  }
  show('median', median(taken['hand-made']), median(taken.ours));
  console.log(`bytes  ${Object.values(initrds).map((path) => readFileSync(path).length).join(' ')}`);
} finally {
  statelite('litelab', 'down');
  rmSync(work, { recursive: true, force: true });
}

function show(run, one, other) {
  console.log(`${String(run).padStart(6)} ${`${one.toFixed(2)} s`.padStart(10)} ${`${other.toFixed(2)} s`.padStart(8)} ${(other / one).toFixed(2).padStart(6)}`);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Boots a kernel with an initrd; its init is echo, after which the kernel panics and the machine ends. */
async function seconds(inside, initrd, append) {
  const qemu = spawn('nsenter', [
    ...inside, 'qemu-system-x86_64', '-machine', 'pc,graphics=off', '-accel', 'tcg,tb-size=80', '-cpu', 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16,+lahf_lm,svm=off', '-m', '1024',
    '-display', 'none', '-vga', 'none', '-nodefaults', '-no-user-config', '-no-reboot', '-serial', 'stdio', '-netdev', `tap,id=net0,ifname=${TAP},script=no,downscript=no`,
    '-device', `virtio-net-pci,netdev=net0,mac=${MAC},romfile=`, '-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=random',
    '-kernel', join(image, 'kernel'), '-initrd', initrd, '-append', `${append} BOOTIF=01-${MAC.replaceAll(':', '-')} console=ttyS0,115200 panic=-1 init=/bin/echo switched-root`,
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  qemu.stdout.setEncoding('latin1').on('data', (part) => { text += part; });
  const limit = setTimeout(() => qemu.kill('SIGKILL'), 180_000);
  await new Promise((resolve) => qemu.on('exit', resolve));
  clearTimeout(limit);
  const begin = /\[ *([\d.]+)\] Run \/init as init process/.exec(text)?.[1];
  const end = /switched-root[^]*\[ *([\d.]+)\] Kernel panic - not syncing: Attempted to kill init/.exec(text)?.[1];
  if (begin === undefined || end === undefined) throw new Error(`${basename(initrd)} did not reach the root:\n${text.slice(-3000)}`);
  return Number(end) - Number(begin);
}

/** busybox, the modules of card and NFS, and one script with everything written into it. */
function makeSmallInitrd() {
  const tree = join(work, 'tree');
  for (const name of ['bin', 'dev', 'proc', 'sys', 'run', 'sysroot', 'modules']) mkdirSync(join(tree, name), { recursive: true });
  const busybox = 'usr/bin/busybox';
  const libraries = execFileSync('chroot', [root, 'ldd', `/${busybox}`], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g);
  for (const path of libraries) cpSync(join(root, path), join(tree, path), { dereference: true });
  cpSync(join(root, busybox), join(tree, 'bin/busybox'));
  symlinkSync('busybox', join(tree, 'bin/sh'));
  const version = execFileSync('sh', ['-c', 'ls "$1/lib/modules" | sort -V | tail -n 1', 'sh', root], { encoding: 'utf8' }).trim();
  const modules = [...new Set(execFileSync('modprobe', ['--dirname', root, '--set-version', version, '--show-depends', '--all', 'virtio_pci', 'virtio_net', 'nfs', 'nfsv4'], { encoding: 'utf8' })
    .split('\n').flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []))];
  for (const path of modules) cpSync(path, join(tree, 'modules', basename(path)));
  const plan = readFileSync(join(image, 'plans/n01'), 'utf8').split('\n').map((line) => line.split(' '));
  const [, storeServer, , store] = plan.find(([word]) => word === 'store');
  const sources = plan.filter(([word]) => word === 'source');
  const master = /NFSROOT=([^:\s]+):/.exec(readFileSync(join(home, 'tftpboot/pxelinux.cfg/n01'), 'utf8'))[1];
  mkdirSync(join(store, 'n01'), { recursive: true });
  const nfs = (options, server, from, to) => `busybox mount -t nfs -o ${options},vers=4.2,nolock ${server}:${from.replace(/\/$/, '')} ${to}`;
  writeFileSync(join(tree, 'init'), [
    '#!/bin/sh', 'export PATH=/bin', 'busybox mount -t proc proc /proc', 'busybox mount -t sysfs sysfs /sys', 'busybox mount -t devtmpfs devtmpfs /dev', 'busybox mount -t tmpfs tmpfs /run',
    ...modules.map((path) => `busybox insmod /modules/${basename(path)}`),
    'busybox ip link set eth0 up', 'busybox udhcpc -q -n -f -i eth0 -s /dhcp', nfs('ro', master, root, '/sysroot'), 'busybox mount -t tmpfs tmpfs /sysroot/.statelite',
    ...['persistent/n01', ...sources.map(([, priority]) => `mnt/${priority}`)].map((path) => `busybox mkdir -p /sysroot/.statelite/${path}`),
    nfs('rw', storeServer, join(store, 'n01'), '/sysroot/.statelite/persistent/n01'),
    ...sources.map(([, priority, server, , path]) => nfs('ro', server, path, `/sysroot/.statelite/mnt/${priority}`)),
    'exec busybox switch_root /sysroot /bin/echo switched-root', '',
  ].join('\n'), { mode: 0o755 });
  writeFileSync(join(tree, 'dhcp'), '#!/bin/sh\n[ "$1" != bound ] || { busybox ip address add "$ip/$mask" dev "$interface"; busybox ip route add default via "$router"; }\n', { mode: 0o755 });
  const made = join(work, 'initrd');
  execFileSync('sh', ['-c', 'cd "$1" && find . | cpio --quiet -o -H newc | zstd -q -15 >"$2"', 'sh', tree, made]);
  if (!existsSync(made)) throw new Error('no initrd made');
  return made;
}
