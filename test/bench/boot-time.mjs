// What statelite adds to a boot: the same image and kernel on the same virtual node, once with its plan, once without statelite: a copy of the
// image as it was before liteimg, mounted read-only by NFS, with a tmpfs over it (overlayfs), so that all services run on both. That is the least
// an admin can do to a read-only root; copying files or bind mounts for what must be written is more work. The bare initrd is the node's own with
// another statelite-boot (bare-boot.sh). Both boot in turns; each is counted only when `systemctl is-system-running` says running.
// Run as root on a site whose nodes boot: STATELITE_HOME=… node test/bench/boot-time.mjs [turns [node [sets of mount options…]]]
// Each word after the node is a set of NFS mount options to compare as osimage.nfsrootopts would give them, `-` for none; with `only=statelite`
// or `only=bare` in front, one kind of root. `phases` shows the median times of the node's own report and of systemd.
// Seconds from power-on to the login prompt, processor seconds of the virtual machine up to there, and where perf(1) can count them its
// instructions, in thousand millions (what other work on this machine changes least), NFS operations and megabytes read, by the kernel's own count.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const words = process.argv.slice(2);
const only = words.find((word) => word.startsWith('only='))?.slice(5);
const phases = words.includes('phases');
const [turns = '5', node = 'n01', ...options] = words.filter((word) => word !== 'phases' && !word.startsWith('only='));
const here = new URL('.', import.meta.url).pathname;
const home = process.env.STATELITE_HOME;
const program = [process.execPath, join(here, '../../dist/statelite.js')];
const statelite = (...args) => execFileSync(program[0], [program[1], ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const tftpdir = statelite('gettab', 'key=tftpdir', 'site.value').trim();
const bootFile = join(tftpdir, 'pxelinux.cfg', node);
const plain = readFileSync(bootFile, 'utf8');
const initrd = /initrd=(\S+)/.exec(plain)[1];
const image = /NFSROOT=[^:]*:(\S+)/.exec(plain)[1];
const directory = mkdtempSync(join(tmpdir(), 'statelite-boot-time-'));
const COUNT = `. /dev/stdin <<'EOF'\n${readFileSync(join(here, '../../netboot/dracut/98statelite/statelite-report.sh'), 'utf8')}\nEOF\ncount_nfs`;
const OPERATIONS = `awk '/^device/ { if (line) print line; line = "" } $1 == "device" && $8 ~ /^nfs/ { line = $5 ":" } $1 == "per-op" { ops = 1; next } /^$/ { ops = 0 } line && $2 > 9 && /^\\t *[A-Z_0-9]+: / && !/bytes|xprt/ { line = line " " $1 $2 } END { if (line) print line }' /proc/self/mountstats`;
const COLUMNS = [['seconds', 'seconds', 1], ['cpu s', 'cpu', 2], ['10^9 instr', 'instructions', 2], ['NFS ops', 'operations', 0], ['MB read', 'megabytes', 1]];

try {
  makeBareInitrd();
  if (only !== 'statelite') makeBareImage();
  statelite('litelab', 'up');
  const kinds = ['bare', 'statelite'].filter((kind) => only === undefined || kind === only);
  const variants = (options.length > 0 ? options : ['-']).flatMap((set) => kinds.map((kind) => ({ kind, options: set, runs: [] })));
  for (let turn = 0; turn < Number(turns); turn += 1) {
    // A turn begins with another one than the turn before.
    for (let place = 0; place < variants.length; place += 1) {
      const variant = variants[(turn + place) % variants.length];
      variant.runs.push(await boot(variant));
    }
  }
  show(variants);
} finally {
  writeFileSync(bootFile, plain);
  rmSync(join(tftpdir, `${initrd}.bare`), { force: true });
  rmSync(directory, { recursive: true, force: true });
  statelite('litelab', 'down');
  rmSync(join(image, 'bare'), { recursive: true, force: true });
}

function makeBareInitrd() {
  const tree = join(directory, 'tree');
  execFileSync('sh', ['-euc', 'mkdir "$1"; cd "$1"; zstd -dqc "$2" | cpio -idm --quiet; cp "$3" sbin/statelite-boot; chmod 755 sbin/statelite-boot; find . | cpio -o -H newc --quiet | zstd -q >"$2.bare"', 'sh',
    tree, join(tftpdir, initrd), join(here, 'bare-boot.sh')]);
}

// The image as liteimg would give it back, in a place that the image's own export has.
function makeBareImage() {
  const [, os, arch] = /([^/]+)\/([^/]+)\/[^/]+$/.exec(image);
  const copy = join(dirname(image), 'bare');
  if (existsSync(copy)) throw new Error(`${copy} is there already`);
  try {
    execFileSync('sh', ['-euc', 'mkdir "$2"; cp -a "$1/rootimg" "$2"', 'sh', image, copy]);
    statelite('liteimg', '--undo', `${os}-${arch}-bare`);
    statelite('rmdef', '-t', 'osimage', '-o', `${os}-${arch}-bare`);
    rmSync(join(image, 'bare'), { recursive: true, force: true });
    renameSync(copy, join(image, 'bare'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function boot({ kind, options: set }) {
  const text = kind === 'bare' ? plain.replace(initrd, `${initrd}.bare`).replace(`:${image} `, `:${join(image, 'bare')} `) : plain;
  writeFileSync(bootFile, set === '-' ? text : text.replace(/ NFSROOT=/, ` NFSROOTOPTS=${set} NFSROOT=`));
  const booting = spawn(program[0], [program[1], 'litelab', 'boot', node, '--timeout', '400'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  booting.stdout.on('data', (data) => { output += data; });
  const ended = new Promise((resolve) => booting.on('exit', resolve));
  let pid;
  while (pid === undefined && booting.exitCode === null) {
    await sleep(20);
    pid = virtualMachine();
  }
  while (readdirSync(`/proc/${pid}/task`).length < 2) await sleep(20);
  await sleep(200); // perf counts the threads that are there
  const perf = spawn('perf', ['stat', '-x', ',', '-e', 'instructions:u', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let counted = '';
  perf.stderr.on('data', (data) => { counted += data; });
  perf.on('error', () => undefined);
  await ended;
  const seconds = Number(/up in ([\d.]+) s/.exec(output)?.[1]);
  const cpu = cpuSeconds(pid);
  perf.kill('SIGINT');
  await sleep(200);
  const instructions = Number(/^(\d+),/m.exec(counted)?.[1] ?? Number.NaN) / 1e9;
  const on = (command) => statelite('litelab', 'run', node, command, '--timeout', '300').trim();
  const state = on('systemctl is-system-running --wait || systemctl --failed --no-legend --plain');
  if (state !== 'running') console.error(`${kind} ${set}: NOT like the other: ${state}`);
  const [, operations, bytes] = /(\d+) (\d+) \d+/.exec(on(COUNT));
  if (phases) console.log(`${kind} ${set}:\n${on(`systemd-analyze time; grep ^phase /run/statelite/report 2>/dev/null; ${OPERATIONS}`)}`);
  statelite('litelab', 'off', node);
  const run = { seconds, cpu, instructions, operations: Number(operations), megabytes: Number(bytes) / 1e6 };
  console.error(`${kind} ${set}: ${COLUMNS.map(([title, key, digits]) => `${title} ${run[key].toFixed(digits)}`).join(', ')}`);
  return run;
}

function show(variants) {
  console.log(`${'root'.padEnd(10)} ${'mount options'.padEnd(24)} ${COLUMNS.map(([title]) => title.padStart(10)).join(' ')}`);
  for (const { kind, options: set, runs } of variants) {
    console.log(`${kind.padEnd(10)} ${set.padEnd(24)} ${COLUMNS.map(([, key, digits]) => median(runs.map((run) => run[key])).toFixed(digits).padStart(10)).join(' ')}`);
  }
  for (const bare of variants.filter(({ kind }) => kind === 'bare')) {
    const ours = variants.find(({ kind, options: set }) => kind === 'statelite' && set === bare.options);
    if (ours === undefined) continue;
    const added = COLUMNS.map(([title, key]) => `${title} ${(median(ours.runs.map((run, turn) => run[key] / bare.runs[turn][key])) * 100 - 100).toFixed(1)} %`);
    const least = COLUMNS.map(([title, key]) => `${title} ${((Math.min(...ours.runs.map((run) => run[key])) / Math.min(...bare.runs.map((run) => run[key])) - 1) * 100).toFixed(1)} %`);
    console.log(`${bare.options}: statelite adds, least against least, which a busy machine changes less: ${least.join(', ')}`);
    console.log(`${bare.options}: statelite adds, as the median over turns: ${added.join(', ')} (budget: 5 % of the seconds)`);
  }
}

function virtualMachine() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
    const command = read(`/proc/${pid}/cmdline`).split('\0');
    return command[0].includes('qemu-system') && command.includes(node) && command.some((word) => word.includes(`${home}/`));
  });
}

function cpuSeconds(pid) {
  const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function median(values) {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)];
}
