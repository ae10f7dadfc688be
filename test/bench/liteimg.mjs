// How long liteimg works on 40, 500 and 10,000 rows of a tree with 60,000 files on a tmpfs, beside a shell script with some processes for every row and
// a C program and a Node program that only do the system calls. With `cpu` the figures are processor time, for a machine that is not quiet.
// Run as root: node test/bench/liteimg.mjs [runs] [cpu]
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { build } from 'esbuild';

const runs = Number(process.argv[2] ?? 5);
const isCpu = process.argv[3] === 'cpu';
const here = new URL('.', import.meta.url).pathname;
const IMAGE = 'debian12-x86_64-compute';
const tree = mkdtempSync('/dev/shm/statelite-bench-');
const home = mkdtempSync(join(tmpdir(), 'statelite-bench-'));
const programs = join(here, '../../node_modules/.cache/bench-liteimg');
const rootimg = join(tree, 'netboot/debian12/x86_64/compute/rootimg');
const env = { ...process.env, STATELITE_HOME: join(home, 'home'), STATELITE_DATABASE_URL: '' };
const node = (...words) => execFileSync(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
const bareLiteimg = (rows) => execFileSync(process.execPath, [join(programs, 'lite.mjs'), rootimg], { input: JSON.stringify(rows) });
const statelite = (...words) => node(join(here, '../../dist/statelite.js'), ...words);

chmodSync(home, 0o755);
mkdirSync(programs, { recursive: true });
try {
  execFileSync(process.execPath, ['esbuild.config.mjs'], { cwd: join(here, '../..') });
  await build({ entryPoints: [join(here, '../helpers/lite-process.ts')], outfile: join(programs, 'lite.mjs'), bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
  execFileSync('cc', ['-O2', '-o', join(home, 'lite-rows'), join(here, 'lite-rows.c')]);
  makeTree();
  console.log(`milliseconds${isCpu ? ' of processor time' : ''}, whole processes, median of ${runs}; node itself ${ms(median(() => node('-e', '0')))}, tables read and nothing done ${ms(tablesOnly())}`);
  console.log(['rows', 'liteimg', 'budget', 'without tables', 'C', 'bare Node', 'nothing to do', 'undo', 'shell script'].map((word) => word.padStart(14)).join(''));
  for (const [count, budget] of [[40, '250'], [500, '400'], [10_000, '']]) {
    const rows = rowsOf(count);
    tables(rows);
    const bare = timed(() => bareLiteimg(rows), () => bareLiteimg('original'));
    const whole = timed(() => statelite('liteimg', IMAGE), () => statelite('liteimg', '--undo', IMAGE));
    statelite('liteimg', IMAGE);
    const again = median(() => statelite('liteimg', IMAGE));
    statelite('liteimg', '--undo', IMAGE);
    const floor = median(() => piped(join(home, 'lite-rows'), rows), () => remake());
    const inNode = median(() => piped(process.execPath, rows, join(here, 'lite-rows.mjs')), () => remake());
    const script = median(() => piped('sh', rows, join(here, 'lite-rows.sh')), () => remake(), count > 1000 ? 1 : runs);
    console.log([count, ms(whole.first), budget, ms(bare.first), ms(floor), ms(inNode), ms(again), ms(whole.second), ms(script)].map((word) => String(word).padStart(14)).join(''));
  }
} finally {
  statelite('litedb', 'stop');
  for (const directory of [tree, home, programs]) rmSync(directory, { recursive: true, force: true });
}

function makeTree() {
  const text = 'x'.repeat(200);
  for (let directory = 0; directory < 600; directory += 1) {
    const path = join(rootimg, 'usr/share', `p${directory}`, 'data');
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 100; file += 1) writeFileSync(join(path, `f${file}`), text);
  }
  mkdirSync(join(rootimg, 'etc/init.d'), { recursive: true });
}

function remake() {
  rmSync(rootimg, { recursive: true });
  makeTree();
}

// Nine files and a directory in turn, over the whole tree.
function rowsOf(count) {
  const directories = Math.min(59, Math.floor(count / 10));
  const files = Array.from({ length: count - directories }, (_, index) => `/usr/share/p${index % 540}/data/f${Math.floor(index / 540)}`);
  return [...files, ...Array.from({ length: directories }, (_, index) => `/usr/share/p${540 + index}/`)].sort();
}

function tables(rows) {
  const csv = join(home, 'litefile.csv');
  writeFileSync(csv, ['#image,file,options,comments,disable', ...rows.map((row) => `"ALL","${row}",,,`), ''].join('\n'));
  statelite('tabrestore', csv);
}

function tablesOnly() {
  statelite('chtab', 'key=installdir', `site.value=${tree}`);
  tables(['/etc/only']);
  return median(() => statelite('liteimg', '--dry-run', IMAGE));
}

function piped(program, rows, ...words) {
  const { status, stderr } = spawnSync(program, [...words, rootimg], { input: `${rows.join('\n')}\n`, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

// Two programs in turn, the second undoing the first.
function timed(first, second) {
  const times = [[], []];
  for (let run = 0; run < runs; run += 1) for (const [index, work] of [first, second].entries()) times[index].push(clock(work));
  return { first: middle(times[0]), second: middle(times[1]) };
}

function median(work, after = () => undefined, times = runs) {
  return middle(Array.from({ length: times }, () => {
    const time = clock(work);
    after();
    return time;
  }));
}

function clock(work) {
  const start = isCpu ? childMilliseconds() : performance.now();
  work();
  return isCpu ? childMilliseconds() - start : performance.now() - start;
}

// Processor time of all programs that have ended so far, as the kernel counts it: a hundredth of a second at best.
function childMilliseconds() {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function middle(values) {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)];
}

function ms(value) {
  return value.toFixed(0);
}
