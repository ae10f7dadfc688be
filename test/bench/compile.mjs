// How long the plans of 10,000 nodes with 200 rows each take to compile and to render, on one core; budget 2 s for compiling.
// Run: node test/bench/compile.mjs [nodes [rows]]
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const [nodes = 10_000, rows = 200] = process.argv.slice(2).map(Number);
const here = new URL('.', import.meta.url).pathname;
const directory = mkdtempSync(join(here, '../../node_modules/.cache-compile-'));
try {
  await build({
    stdin: { contents: "export * from '../../lib/cluster/create.ts'; export * from '../../lib/plan/compile.ts'; export * from '../../lib/plan/render.ts';", resolveDir: here, loader: 'ts' },
    outfile: join(directory, 'plans.mjs'), bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'silent',
  });
  const { createCluster, compilePlan, renderPlan } = await import(join(directory, 'plans.mjs'));
  const names = Array.from({ length: nodes }, (_, index) => `n${String(index).padStart(5, '0')}`);
  const cluster = createCluster({
    nodelist: names.map((node, index) => ({ node, groups: `rack${index % 100},compute,all` })),
    nodepos: names.map((node, index) => ({ node, rack: `r${index % 100}` })),
    litetree: [{ priority: '1', directory: '10.0.0.1:/tree/$node', mntopts: 'vers=3' }, { priority: '2', directory: '10.0.0.1:/rack/$nodepos.rack' }, { priority: '3', directory: '10.0.0.1:/common' }],
    statelite: [{ node: 'compute', statemnt: '10.0.0.1:/state' }],
    osimage: [{ imagename: 'image', provmethod: 'statelite' }],
    linuximage: [{ imagename: 'image', rootimgdir: '/install/image' }],
  });
  const options = [['tmpfs', 'rw', 'link'], ['persistent', 'rw', 'link'], ['tmpfs', 'ro', 'bind'], ['tmpfs', 'con', 'link']];
  const policy = Array.from({ length: rows }, (_, index) => {
    const path = `/etc/app${index % 20}/file${index}`;
    const [storage, mode, mechanism] = options[index % options.length];
    return { path, real: path, type: 'file', option: { storage, mode, mechanism }, written: '', reason: 'litefile row' };
  });
  const image = cluster.image('image');
  const seconds = (work) => {
    const before = process.cpuUsage();
    const value = work();
    const { user, system } = process.cpuUsage(before);
    return [value, (user + system) / 1e6];
  };
  const [plans, compiling] = seconds(() => names.map((node) => compilePlan(cluster, node, image, policy)));
  const [bytes, rendering] = seconds(() => plans.reduce((sum, plan) => sum + renderPlan(plan).length, 0));
  console.log(`${nodes} nodes, ${rows} rows: compiled in ${compiling.toFixed(2)} s of processor time (budget 2 s), rendered in ${rendering.toFixed(2)} s, ${(bytes / 1e6).toFixed(0)} MB`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
