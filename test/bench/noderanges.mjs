// How long noderanges take with 100,000 nodes in 1,000 groups, each in a fresh snapshot; budget 300 ms beside the start of a process.
// node test/bench/noderanges.mjs [runs]
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const runs = Number(process.argv[2] ?? 5);
const EXPRESSIONS = [
  'n000042', 'all', 'rack007', 'n000001-n090000', 'n[000001-090000]', '/n0[0-4].*', 'all,-rack003', 'all@rack003', 'n000001-n090000@all,-(rack003,rack004)', 'nodepos.room==r7',
  'nodepos.room=~^r[0-5]$', 'all,-hosts.ip=~^10[.]0[.]1', 'rack000-rack500', 'n000001+50000', 'all,@rack001', 'dynamic',
];

const outdir = mkdtempSync(join(tmpdir(), 'noderanges-'));
try {
  await build({ entryPoints: ['lib/cluster/create.ts', 'lib/cluster/noderange.ts'], outdir, bundle: true, format: 'esm', platform: 'node', splitting: true, outExtension: { '.js': '.mjs' } });
  const [{ createCluster }, { expandNoderange }] = await Promise.all(['create.mjs', 'noderange.mjs'].map((file) => import(join(outdir, file))));
  const tables = {
    site: [], nodelist: Array.from({ length: 100_000 }, (_, at) => ({ node: `n${String(at + 1).padStart(6, '0')}`, groups: `rack${String(at % 1000).padStart(3, '0')},compute,all` })),
    nodegroup: [{ groupname: 'dynamic', grouptype: 'dynamic', wherevals: 'nodepos.room==r7' }],
    nodepos: Array.from({ length: 100_000 }, (_, at) => ({ node: `n${String(at + 1).padStart(6, '0')}`, room: `r${at % 10}` })),
    hosts: [{ node: 'all', ip: '|\\D+(\\d+)|10.($1/65536).(($1/256)%256).($1%256)|' }],
  };
  for (const expression of EXPRESSIONS) {
    let nodes = 0;
    const times = Array.from({ length: runs }, () => {
      const cluster = createCluster(tables);
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      nodes = expandNoderange(cluster, expression).length;
      const { user, system } = process.cpuUsage(cpu);
      return { wall: performance.now() - start, cpu: (user + system) / 1000 };
    });
    const middle = (of) => times.map(of).sort((a, b) => a - b)[Math.floor(runs / 2)].toFixed(0).padStart(5);
    console.log(`${expression.padEnd(42)} ${middle(({ wall }) => wall)} ms  processor, all threads ${middle(({ cpu }) => cpu)} ms ${String(nodes).padStart(7)} nodes`);
  }
} finally {
  rmSync(outdir, { recursive: true });
}
