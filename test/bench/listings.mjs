// How long listing commands take, each a process of its own, with 10,000 nodes in 200 groups in the tables; budget 300 ms.
// Run on a quiet machine after `npm run build`: node test/bench/listings.mjs [runs] [program]
//
// Figures of 2026-11-22: virtual machine with 2 cores, 23 GB, Node 20.20, private Postgres, quiet, median of 3; node itself 47 ms, --help 92 ms. Milliseconds:
//   tabdump 80, of site 94, nodelist 119, bootparams 137; gettab 117; tabgrep 121
//   nodels 141, rack007 133, all groups 167, noderange with @ and - 157, n00042 ip --blame 122, noderes.netboot==pxe 165, all ip nodetype.os 197
//   lsdef 117, -t osimage 124, -t group 131, rack007 134, n00042 122, -t group rack007 134, all -i ip,mac 186, all (200,000 lines) 292
//   litefile 124, of a rack 135, ilitefile 125, litetree n00042 145, lslite 144, litetree all 267
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const here = new URL('.', import.meta.url).pathname;
const runs = Number(process.argv[2] ?? 7);
const program = process.argv[3] ?? join(here, '../../dist/statelite.js');
const NODES = 10_000;
const GROUPS = 200;
const COMMANDS = [
  'nodels', 'nodels rack007', 'nodels all groups', 'nodels all ip nodetype.os', 'nodels n00001-n09000@all,-rack003', 'nodels noderes.netboot==pxe', 'nodels n00042 ip --blame',
  'lsdef', 'lsdef n00042', 'lsdef all -i ip,mac', 'lsdef rack007', 'lsdef -t group', 'lsdef -t group rack007', 'lsdef -t osimage', 'lsdef all',
  'tabdump', 'tabdump site', 'tabdump nodelist', 'tabdump bootparams', 'gettab node=n00042 nodelist.groups', 'tabgrep n00042',
  'litefile n00042', 'litefile rack007', 'litetree n00042', 'litetree all', 'ilitefile debian12-x86_64-compute', 'lslite n00042',
];

const directory = mkdtempSync(join(tmpdir(), 'statelite-bench-'));
const env = { ...process.env, STATELITE_HOME: join(directory, 'home'), STATELITE_DATABASE_URL: '' };
const run = (words) => spawnSync(process.execPath, words, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
const statelite = (...words) => execFileSync(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
chmodSync(directory, 0o755);
try {
  const files = Object.entries(tables()).map(([table, rows]) => csvFile(table, rows));
  const start = performance.now();
  statelite('tabrestore', '-a', ...files, join(here, '../../tables/samples/litefile.csv'));
  console.log(`tabrestore of everything, with making the database: ${(performance.now() - start).toFixed(0)} ms`);
  console.log(`node itself: ${median(() => run(['-e', '0'])).toFixed(0)} ms; --help: ${median(() => run([program, 'nodels', '--help'])).toFixed(0)} ms`);
  console.log(`${'command'.padEnd(42)} ${'median'.padStart(7)} ${'memory'.padStart(7)} ${'lines'.padStart(7)}`);
  for (const command of COMMANDS) {
    const words = [program, ...command.split(' ')];
    const { stdout, stderr, status } = run(words);
    const lines = status === 0 ? String(stdout.split('\n').length - 1) : stderr.split('\n')[0];
    console.log(`${command.padEnd(42)} ${median(() => run(words)).toFixed(0).padStart(4)} ms ${peak(words).padStart(4)} MB ${lines.padStart(7)}`);
  }
} finally {
  execFileSync(process.execPath, [program, 'litedb', 'stop'], { env });
  rmSync(directory, { recursive: true });
}

// --- internal ---

function median(work) {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

// Most memory the process had, in MB.
function peak(words) {
  const report = `process.on('exit', () => process.stderr.write('\\nMAXRSS ' + process.resourceUsage().maxRSS))`;
  const { stderr } = run(['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...words]);
  return (Number(/MAXRSS (\d+)/.exec(stderr)?.[1]) / 1024).toFixed(0);
}

function csvFile(table, rows) {
  mkdirSync(join(directory, 'csv'), { recursive: true });
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const path = join(directory, 'csv', `${table}.csv`);
  writeFileSync(path, [`#${columns.join(',')}`, ...rows.map((row) => columns.map((column) => `"${row[column] ?? ''}"`).join(','))].join('\n') + '\n');
  return path;
}

function tables() {
  const names = Array.from({ length: NODES }, (_, at) => `n${String(at + 1).padStart(5, '0')}`);
  const racks = Array.from({ length: GROUPS - 2 }, (_, at) => `rack${String(at).padStart(3, '0')}`);
  const rack = (at) => racks[at % racks.length];
  const hex = (at) => at.toString(16).padStart(4, '0').replace(/(..)(..)/, '$1:$2');
  const image = 'debian12-x86_64-compute';
  const directoryOf = `/install/netboot/debian12/x86_64/compute`;
  return {
    nodelist: names.map((node, at) => ({ node, groups: `${rack(at)},compute,all`, status: 'booted', statustime: '11-21-2026 10:00:00' })),
    mac: names.map((node, at) => ({ node, mac: `52:54:00:00:${hex(at)}` })),
    hosts: [{ node: 'all', ip: '|\\D+(\\d+)|10.(($1-1)/62500).((($1-1)/250)%250).((($1-1)%250)+1)|' }],
    nodepos: names.map((node, at) => ({ node, rack: rack(at), u: at % 42 })),
    nodetype: [{ node: 'compute', os: 'debian12', arch: 'x86_64', profile: 'compute', provmethod: image }],
    noderes: [{ node: 'compute', netboot: 'pxe', nfsserver: '10.0.0.1' }, ...names.map((node) => ({ node, installnic: 'mac' }))],
    bootparams: names.map((node) => ({
      node, kernel: `xcat/netboot/debian12/x86_64/compute/kernel`, initrd: 'xcat/netboot/debian12/x86_64/compute/initrd-statelite.gz',
      kcmdline: `NFSROOT=10.0.0.1:${directoryOf} STATEMNT=10.0.0.1:/state XCAT=10.0.0.1:3001 NODE=${node}`,
    })),
    chain: names.map((node) => ({ node, currstate: `statelite ${image}` })),
    nodegroup: racks.map((groupname) => ({ groupname, grouptype: 'static' })),
    osimage: [{ imagename: image, profile: 'compute', provmethod: 'statelite', osvers: 'debian12', osarch: 'x86_64' }],
    litetree: [{ priority: 1, directory: '10.0.0.1:/trees/$nodepos.rack/$node' }, { priority: 2, directory: '10.0.0.1:/trees/common' }],
    statelite: [{ node: 'compute', statemnt: '10.0.0.1:/state' }],
  };
}
