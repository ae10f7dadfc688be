// What statelite adds to a boot: the same image and kernel on the same virtual node, once with its plan, once as a bare read-only NFS root,
// in turns. The bare initrd is the node's own with another statelite-boot: network and NFS root, nothing else.
// Run as root on a site whose nodes boot: STATELITE_HOME=… node test/bench/boot-time.mjs [turns [node [rounds of mount options…]]]
// Each word after the node is a set of NFS mount options to compare as osimage.nfsrootopts would give them, `-` for none.
// Seconds from power-on to the login prompt, processor seconds of the virtual machine up to there (what other work on this machine does not
// change much), NFS operations and megabytes read, by the kernel's own count.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [turns = '5', node = 'n01', ...options] = process.argv.slice(2);
const here = new URL('.', import.meta.url).pathname;
const statelite = (...words) => execFileSync(process.execPath, [join(here, '../../dist/statelite.js'), ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const site = statelite('gettab', 'key=tftpdir', 'site.value').trim();
const bootFile = join(site, 'pxelinux.cfg', node);
const plain = readFileSync(bootFile, 'utf8');
const initrd = /initrd=(\S+)/.exec(plain)[1];
const directory = mkdtempSync(join(tmpdir(), 'statelite-boot-time-'));

// The node's own counting, from the file that both kinds of root can read.
const COUNT = `. /dev/stdin <<'EOF'\n${readFileSync(join(here, '../../netboot/dracut/98statelite/statelite-report.sh'), 'utf8')}\nEOF\ncount_nfs`;

try {
  makeBareInitrd();
  statelite('litelab', 'up');
  const variants = (options.length > 0 ? options : ['-']).flatMap((words) => ['bare', 'statelite'].map((kind) => ({ kind, words, runs: [] })));
  for (let turn = 0; turn < Number(turns); turn += 1) {
    for (const variant of variants) variant.runs.push(await boot(variant));
  }
  console.log(`${'root'.padEnd(10)} ${'mount options'.padEnd(24)} ${'seconds'.padStart(8)} ${'cpu s'.padStart(8)} ${'NFS ops'.padStart(8)} ${'MB read'.padStart(8)}`);
  for (const { kind, words, runs } of variants) {
    const of = (key, digits) => median(runs.map((run) => run[key])).toFixed(digits).padStart(8);
    console.log(`${kind.padEnd(10)} ${words.padEnd(24)} ${of('seconds', 1)} ${of('cpu', 2)} ${of('operations', 0)} ${of('megabytes', 1)}`);
  }
  for (let index = 0; index < variants.length; index += 2) {
    const [bare, ours] = [variants[index], variants[index + 1]];
    const ratio = (key) => (median(ours.runs.map((run, turn) => run[key] / bare.runs[turn][key])) * 100 - 100).toFixed(1);
    console.log(`${bare.words}: statelite adds ${ratio('seconds')} % to the time and ${ratio('cpu')} % to the processor time of a bare root (median over turns; budget 5 %)`);
  }
} finally {
  writeFileSync(bootFile, plain);
  rmSync(join(site, `${initrd}.bare`), { force: true });
  rmSync(directory, { recursive: true, force: true });
  statelite('litelab', 'down');
}

function makeBareInitrd() {
  const tree = join(directory, 'tree');
  execFileSync('sh', ['-euc', 'mkdir "$1"; cd "$1"; zstd -dqc "$2" | cpio -idm --quiet; cp "$3" sbin/statelite-boot; chmod 755 sbin/statelite-boot; find . | cpio -o -H newc --quiet | zstd -q >"$2.bare"', 'sh',
    tree, join(site, initrd), join(here, 'bare-boot.sh')]);
}

async function boot({ kind, words }) {
  const text = kind === 'bare' ? plain.replace(initrd, `${initrd}.bare`) : plain;
  writeFileSync(bootFile, words === '-' ? text : text.replace(/ NFSROOT=/, ` NFSROOTOPTS=${words} NFSROOT=`));
  const seconds = Number(/up in ([\d.]+) s/.exec(statelite('litelab', 'boot', node, '--timeout', '400'))[1]);
  const cpu = cpuSeconds();
  await sleep(5000);
  const [, operations, bytes] = /(\d+) (\d+) \d+/.exec(statelite('litelab', 'run', node, COUNT));
  statelite('litelab', 'off', node);
  return { seconds, cpu, operations: Number(operations), megabytes: Number(bytes) / 1e6 };
}

function cpuSeconds() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = read(`/proc/${pid}/cmdline`).split('\0');
    if (!command[0].includes('qemu-system') || !command.includes(node) || !command.some((word) => word.includes(`${process.env.STATELITE_HOME}/`))) continue;
    const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return Number.NaN;
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
