import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { asset } from '../../lib/system/assets.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as it ships, bundled from the sources as they are now; `run(['tabdump', 'site'], env)` starts a process. */
export interface Cli {
  /** The entry's path, for processes a test must talk to while they run: `spawn(process.execPath, [cli.entry, …])`. */
  readonly entry: string;
  run(args: readonly string[], env: Readonly<Record<string, string | undefined>>, input?: string): Promise<CliResult>;
  remove(): void;
}

export async function buildCli(): Promise<Cli> {
  const cache = asset('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'test-cli-'));
  await build({
    entryPoints: [asset('bin/statelite.ts')], outdir, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20',
    packages: 'external', logLevel: 'silent',
  });
  const entry = join(outdir, 'statelite.js');
  return {
    entry,
    run: (args, env, input = '') => new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [entry, ...args], { env });
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => { output.stdout += text; });
      child.stderr.setEncoding('utf8').on('data', (text: string) => { output.stderr += text; });
      child.on('error', reject).on('close', (code) => resolve({ exitCode: code ?? 1, ...output }));
      child.stdin.on('error', () => undefined).end(input);
    }),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
