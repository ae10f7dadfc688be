import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem } from '../../lib/system/system.ts';
import { debianPackage, dependencyOf } from './debian-package.ts';

/** An image for aarch64 as far as its kernel and initrd: Debian 13's, and an initrd that prints `INITRD <machine> <command line>`. The root tree holds next to nothing. */
export async function makeArmImage(directory: string): Promise<void> {
  const kernel = await debianPackage('trixie', 'arm64', await dependencyOf('trixie', 'arm64', 'linux-image-cloud-arm64', /^linux-image-/));
  const busybox = await debianPackage('trixie', 'arm64', 'busybox-static');
  mkdirSync(join(directory, 'rootimg/etc/init.d'), { recursive: true });
  mkdirSync(join(directory, 'rootimg/usr'));
  const [vmlinuz = ''] = readdirSync(join(kernel, 'boot')).filter((name) => name.startsWith('vmlinuz'));
  copyFileSync(join(kernel, 'boot', vmlinuz), join(directory, 'kernel'));
  const tree = join(directory, 'initrd-tree');
  for (const name of ['bin', 'proc', 'dev']) mkdirSync(join(tree, name), { recursive: true });
  copyFileSync(join(busybox, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  writeFileSync(join(tree, 'init'), [
    '#!/bin/busybox sh', '/bin/busybox mount -t proc proc /proc',
    '/bin/busybox echo "INITRD $(/bin/busybox uname -m) $(/bin/busybox cat /proc/cmdline)"', 'exec /bin/busybox sleep 1000', '',
  ].join('\n'));
  chmodSync(join(tree, 'init'), 0o755);
  await createSystem().run('sh', ['-c', 'cd "$1" && find . | cpio --quiet -o -H newc | gzip >"$2"', 'sh', tree, join(directory, 'initrd-statelite.gz')]);
  rmSync(tree, { recursive: true });
}
