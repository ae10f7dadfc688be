import { join } from 'node:path';
import { StateliteError } from '../lib/errors.ts';
import { readImageFile, writeImageFile } from '../lib/image/image-file.ts';
import { asset } from '../lib/system/assets.ts';
import type { System } from '../lib/system/system.ts';
import { runInRoot } from './chroot.ts';
import type { ImagePlan } from './plan-image.ts';
import { BOOT_FILES, inMaking } from '../lib/image/parts.ts';

/** dracut inside the tree, with our module and the CA's certificate; leaves kernel and initrd under the names they have in the making. Returns drivers of the plan that the kernel does not have. */
export async function makeInitrd(system: System, plan: ImagePlan, root: string, authority: string, onLine: (line: string) => void): Promise<readonly string[]> {
  const { files } = system;
  const certificate = readImageFile(files, root, '/etc/statelite/ca.pem');
  const text = files.readText(authority);
  if (certificate.text !== text) writeImageFile(files, root, certificate, text);
  const { version, file } = kernelOf(system, root, plan);
  files.makeDirectories(join(root, MODULE));
  for (const name of files.list(asset(SHIPPED_MODULE))) files.copyFile(asset(join(SHIPPED_MODULE, name)), join(root, MODULE, name));
  const made = join(root, 'boot/initrd-statelite.img');
  files.makeDirectories(join(root, 'boot'));
  await runInRoot(system, root, [
    'dracut', '--force', '--no-hostonly', '--no-hostonly-cmdline', '--nofscks', '--reproducible', '--modules', 'statelite', compression(system, root, version), '--kver', version, '/boot/initrd-statelite.img',
  ], { onLine, env: { statelite_drivers: plan.drivers.join(' ') } });
  const [kernel, initrd] = BOOT_FILES.map((name) => inMaking(plan.directory, name)) as [string, string];
  files.writeAtomic(kernel, files.readBytes(file));
  files.writeAtomic(initrd, files.readBytes(made));
  files.removeFile(made);
  return missingDrivers(system, root, version, plan.drivers);
}

/** The kernel of a tree: that of the plan, or the newest. Throws IMAGE_MISSING, naming those there are. */
export function kernelOf({ files }: System, root: string, plan: Pick<ImagePlan, 'kernelVersion' | 'packageList'>): { readonly version: string; readonly file: string } {
  const modules = join(root, 'lib/modules');
  const kernels = (files.exists(modules) ? files.list(modules) : []).sort(byNumber).flatMap((version) => {
    const file = [`boot/vmlinuz-${version}`, `lib/modules/${version}/vmlinuz`].map((path) => join(root, path)).find((path) => files.exists(path));
    return file === undefined ? [] : [{ version, file }];
  });
  const kernel = plan.kernelVersion === undefined ? kernels.at(-1) : kernels.find(({ version }) => version === plan.kernelVersion);
  if (kernel !== undefined) return kernel;
  if (kernels.length === 0) throw new StateliteError('IMAGE_MISSING', `${root} has no kernel: no vmlinuz in /boot or /lib/modules`, { hint: `name a kernel package in ${plan.packageList}` });
  throw new StateliteError('IMAGE_MISSING', `${root} has no kernel ${plan.kernelVersion ?? ''}; it has ${kernels.map(({ version }) => version).join(', ')}`, { hint: 'genimage -k <version>' });
}

/** Whether the initrd of an image was made with the dracut module that this version ships. */
export const hasOurModule = ({ files }: System, root: string): boolean =>
  files.list(asset(SHIPPED_MODULE)).every((name) => files.readTextIfThere(join(root, MODULE, name)) === files.readText(asset(join(SHIPPED_MODULE, name))));

// --- internal ---

const SHIPPED_MODULE = 'netboot/dracut/98statelite';
const MODULE = 'usr/lib/dracut/modules.d/98statelite';

/** Drivers that are neither a module of the kernel nor built into it; `-` and `_` are the same in their names. */
function missingDrivers({ files }: System, root: string, version: string, drivers: readonly string[]): readonly string[] {
  const plain = (name: string): string => name.replaceAll('-', '_');
  const lists = ['dep', 'builtin'].map((name) => files.readTextIfThere(join(root, 'lib/modules', version, `modules.${name}`)) ?? '').join('\n');
  const known = new Set([...lists.matchAll(/([^/\s:]+)\.ko/g)].map(([, name = '']) => plain(name)));
  return drivers.filter((name) => !known.has(plain(name.replace(/\.ko$/, ''))));
}

/** Kernels say in their configuration what they unpack; of those that say nothing, 5.9 was the first to take zstd. */
function compression({ files }: System, root: string, version: string): '--zstd' | '--xz' {
  const config = [`boot/config-${version}`, `lib/modules/${version}/config`].map((path) => files.readTextIfThere(join(root, path))).find((text) => text !== undefined);
  const takesZstd = config === undefined ? byNumber(version, '5.9') >= 0 : config.includes('CONFIG_RD_ZSTD=y');
  const has = (program: string): boolean => files.exists(join(root, 'usr/bin', program));
  return takesZstd && (has('zstd') || !has('xz')) ? '--zstd' : '--xz';
}

// 6.1.0-13 is newer than 6.1.0-9.
const byNumber = (one: string, two: string): number => one.localeCompare(two, 'en', { numeric: true });
