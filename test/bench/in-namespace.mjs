import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the program as it is and a bench beside it, and runs the bench in a network namespace of its own: its first argument is the program's entry. */
export async function runInNamespace(bench, words) {
  const here = new URL('.', import.meta.url).pathname;
  const cache = join(here, '../../node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-'));
  const options = { outdir: directory, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'silent', outExtension: { '.js': '.mjs' } };
  try {
    await build({ ...options, entryPoints: [join(here, '../../bin/statelite.ts'), join(here, `${bench}.ts`)], entryNames: '[name]' });
    const child = spawn('unshare', ['--net', process.execPath, join(directory, `${bench}.mjs`), join(directory, 'statelite.mjs'), ...words], { stdio: 'inherit' });
    process.exitCode = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
