// A boot storm against statelited: 10,000 nodes with addresses of their own in a network namespace, the requests and retries of
// statelite-boot, the server killed and started again in the middle. Run as root: node test/bench/storm.mjs [nodes [seconds]].
// The nodes come up within that time (60 s): a link of 100 Gb/s needs about as long for 10,000 times kernel and initrd.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const directory = mkdtempSync(join(here, '../../node_modules/.cache-storm-'));
const options = { outdir: directory, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'silent', outExtension: { '.js': '.mjs' } };
try {
  await build({ ...options, entryPoints: [join(here, '../../bin/statelite.ts'), join(here, 'storm.ts')], entryNames: '[name]' });
  const storm = spawn('unshare', ['--net', process.execPath, join(directory, 'storm.mjs'), join(directory, 'statelite.mjs'), process.argv[2] ?? '10000', process.argv[3] ?? '60'], { stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => storm.on('exit', (code) => resolve(code ?? 1)));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
