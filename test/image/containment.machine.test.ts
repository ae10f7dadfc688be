import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { asset } from '../../lib/system/assets.ts';

/** Ten thousand take a minute on two quiet cores, too long for every run: STATELITE_CASES=10000. */
const CASES = Number(process.env['STATELITE_CASES'] ?? 3000);
const HALVES = [1, 2];

test(`in ${CASES} random images in a root of their own, nothing outside the image is read, made, changed or removed`, async () => {
  const work = mkdtempSync(join(tmpdir(), 'statelite-containment-'));
  try {
    await build({
      entryPoints: [asset('test/helpers/contained-cases.ts')], outfile: join(work, 'cases.cjs'), bundle: true, format: 'cjs', platform: 'node', logLevel: 'silent',
      alias: { '@jest/globals': asset('test/helpers/jest-shim.mjs') },
    });
    const outputs = await Promise.all(HALVES.map((half) => inOwnRoot(work, half)));
    expect(outputs).toEqual(HALVES.map(() => `${Math.ceil(CASES / HALVES.length)} cases\n`));
  } finally {
    for (const half of HALVES) rmdirSync(join(work, `root${half}`));
    rmSync(work, { recursive: true });
  }
}, 600_000);

/** Runs the cases with a tmpfs as root, in a mount namespace that goes with the process. */
async function inOwnRoot(work: string, half: number): Promise<string> {
  const root = join(work, `root${half}`);
  mkdirSync(root);
  const script = [
    'set -e', 'mount -t tmpfs tmpfs "$1"', 'cd "$1"', 'mkdir program usr proc dev', 'mount --bind -o ro /usr usr', 'mount --bind "$2" program', 'mount -t proc proc proc', 'mount --bind /dev dev',
    'for name in bin lib lib64 sbin; do ln -s usr/$name $name; done', 'mkdir -p node', 'mount --bind "$(dirname "$3")" node', 'exec chroot . /node/node /program/cases.cjs "$4" "$5"',
  ].join('\n');
  const { stdout } = await promisify(execFile)('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', root, work, process.execPath, String(Math.ceil(CASES / HALVES.length)), String(half)], { maxBuffer: 1 << 26 });
  return stdout;
}
