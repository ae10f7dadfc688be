// Builds dist/: one small entry, one chunk per verb, dependencies left in node_modules; then man pages and completion from the verbs themselves.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['bin/statelite.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
chmodSync('dist/statelite.js', 0o755);

const statelite = (...words) => execFileSync(process.execPath, ['dist/statelite.js', ...words]);
statelite('man', '--write', 'dist/man');
writeFileSync('dist/completion.bash', statelite('completion', 'bash'));
