// How long a node works on its plan: rc.statelite beside a script that starts processes for every row, on tmpfs, in one run.
// Run as root: node test/bench/rc-statelite.mjs [runs]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const runs = Number(process.argv[2] ?? 7);
const here = new URL('.', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'statelite-bench-'));
const BUDGETS = { 25: 30, 100: 40, 400: 80 };

try {
  const driver = join(directory, 'node-boots.mjs');
  await build({ entryPoints: [join(here, '../helpers/node-boots.ts')], outfile: driver, bundle: true, format: 'esm', platform: 'node', external: ['execa'], logLevel: 'silent' });
  const boot = (script, count, boots) => JSON.parse(execFileSync('unshare', ['--mount', '--propagation', 'private', process.execPath, driver], {
    input: JSON.stringify({ work: join(directory, 'work'), script, cases: [nodeCase(count, boots)] }), encoding: 'utf8', maxBuffer: 1 << 28,
  }))[0];

  console.log(`${'rows'.padStart(5)} ${'first boot'.padStart(11)} ${'later boot'.padStart(11)} ${'budget'.padStart(7)} ${'row by row'.padStart(11)} ${'ratio'.padStart(6)}`);
  for (const count of [25, 100, 400]) {
    const first = [], later = [], plain = [];
    for (let run = 0; run < runs; run += 1) {
      const [one, two] = boot(join(here, '../../add-on/statelite/rc.statelite'), count, 2);
      const [, other] = boot(join(here, 'row-by-row.sh'), count, 2);
      if (one.exitCode !== 0 || two.exitCode !== 0) throw new Error(one.console + two.console);
      first.push(one.milliseconds);
      later.push(two.milliseconds);
      plain.push(other.milliseconds);
    }
    const [a, b, c] = [first, later, plain].map(median);
    console.log(`${String(count).padStart(5)} ${ms(a)} ${ms(b)} ${`${BUDGETS[count]} ms`.padStart(7)} ${ms(c)} ${(c / b).toFixed(1).padStart(6)}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

// The kinds of rows a real list has: most in RAM, some kept, a few shown or joined; one in five comes from a source.
function nodeCase(count, boots) {
  const names = Array.from({ length: count }, (_, index) => `${['etc', 'etc/sysconfig', 'var/lib/app', 'root'][index % 4]}/file${index}`);
  const option = (index) => (index % 10 === 3 ? 'persistent' : index % 10 === 6 ? 'ro' : index % 20 === 9 ? 'con' : 'link');
  return {
    quiet: true, image: Object.fromEntries(names.map((name) => [name, `content of ${name}\n`])),
    sources: { 1: {}, 2: Object.fromEntries(names.filter((_, index) => index % 5 === 0 || index % 20 === 9).map((name) => [name, 'from a source\n'])) },
    rows: names.map((name, index) => `/${name} ${option(index)}`), boots: Array.from({ length: boots }, () => ({})),
  };
}

function median(values) {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)];
}

function ms(value) {
  return `${value.toFixed(0)} ms`.padStart(11);
}
