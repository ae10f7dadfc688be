import { dirname, join } from 'node:path';
import type { Cluster } from '../lib/cluster/cluster.ts';
import { StateliteError } from '../lib/errors.ts';
import { removeImageTree } from '../lib/image/remove-tree.ts';
import { setRootPassword } from '../lib/image/root-password.ts';
import type { Step } from '../lib/progress.ts';
import { asset } from '../lib/system/assets.ts';
import type { System } from '../lib/system/system.ts';
import { runInRoot } from './chroot.ts';
import { familyOf } from './families.ts';
import type { Family } from './family.ts';
import { readPackageList } from './package-list.ts';

/** What genimage was asked for, complete. */
export interface ImageRequest {
  readonly os: string;
  readonly arch: string;
  readonly profile: string;
  /** Drivers that must be in the initrd, from -n. */
  readonly drivers: readonly string[];
  /** Only kernel and initrd are made anew. */
  readonly onlyInitrd: boolean;
}

export interface ImagePlan extends ImageRequest {
  readonly name: string;
  /** Holds rootimg/, kernel, initrd-statelite.gz and genimage.log. */
  readonly directory: string;
  readonly family: Family;
  readonly packageList: string;
  readonly packages: readonly string[];
  readonly repositories: readonly string[];
}


/** Checks a request against tables and files before anything is made; throws all that is wrong. */
export function planImage(system: System, cluster: Cluster, request: ImageRequest): ImagePlan {
  const { os, arch, profile } = request;
  for (const [what, value] of Object.entries({ os, arch, profile })) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(value)) throw new StateliteError('USAGE', `the ${what} "${value}" is not usable: letters, digits and . _ + - are`);
  }
  const { family } = familyOf(os);
  const installdir = cluster.site('installdir') ?? '/install';
  const name = `${os}-${arch}-${profile}`;
  const image = cluster.image(name);
  const custom = image?.linuximage['pkglist'];
  const candidates = custom === undefined
    ? [join(installdir, 'custom/netboot', family.name, `${profile}.pkglist`), asset(join('netboot', family.name, `${profile}.pkglist`))]
    : [custom];
  const packageList = candidates.find((path) => system.files.exists(path));
  if (packageList === undefined) {
    throw new StateliteError('IMAGE_MISSING', `no package list for profile ${profile}: looked for ${candidates.join(' and ')}`, {
      hint: `cp ${asset(`netboot/${family.name}/compute.pkglist`)} ${candidates[0] ?? ''}   and edit it`,
    });
  }
  return {
    ...request, name, family, packageList,
    directory: image?.directory ?? join(installdir, 'netboot', os, arch, profile),
    packages: readPackageList(packageList, (path) => system.files.readTextIfThere(path)),
    repositories: (image?.linuximage['pkgdir'] ?? '').split(',').filter((part) => part !== ''),
  };
}

/** The steps that make an image; the tree is built beside the old one and takes its place at the end. `authority` is the CA's certificate file. */
export function imageSteps(system: System, cluster: Cluster, plan: ImagePlan, authority: string): readonly Step[] {
  const building = join(plan.directory, '.rootimg.new');
  const root = plan.onlyInitrd ? join(plan.directory, 'rootimg') : building;
  const log = join(plan.directory, 'genimage.log');
  const onLine = (line: string) => system.files.append(log, `${line}\n`);
  const { release } = familyOf(plan.os);
  const initrd: Step[] = [{ title: 'kernel and initrd', work: () => makeInitrd(system, plan, root, onLine) }];
  if (plan.onlyInitrd) return initrd;
  return [
    { title: `root tree of ${plan.packages.length} packages and what they need`, work: async () => {
      system.files.makeDirectories(plan.directory);
      await removeImageTree(system, building);
      system.files.writeAtomic(log, `genimage ${plan.name}, packages of ${plan.packageList}\n`);
      await plan.family.install({ system, release, arch: plan.arch, root, packages: plan.packages, repositories: plan.repositories, onLine });
    } },
    { title: 'what a shared root needs', work: () => {
      finishRoot(system, root, authority);
      plan.family.finish(system, root);
      return Promise.resolve();
    } },
    ...initrd,
    { title: 'password of root', work: () => setRootPassword(system, cluster, root).then((isSet) => {
      if (!isSet) onLine('no password for root: the passwd table has no row key=system username=root');
    }) },
    { title: 'put in place', work: () => putInPlace(system, plan, building) },
  ];
}

/** Whether the initrd of an image was made with the dracut module that this version ships. */
export const hasOurModule = ({ files }: System, root: string): boolean =>
  files.list(asset(SHIPPED_MODULE)).every((name) => files.readTextIfThere(join(root, MODULE, name)) === files.readText(asset(join(SHIPPED_MODULE, name))));

// --- internal ---

const SHIPPED_MODULE = 'netboot/dracut/98statelite';
const MODULE = 'usr/lib/dracut/modules.d/98statelite';

/** Names that belong to one machine, and the directories and the script of statelite. */
function finishRoot(system: System, root: string, authority: string): void {
  const { files } = system;
  for (const path of ['.statelite', '.default', '.sllocal/localmnt', '.sllocal/log', 'etc/init.d', 'etc/statelite']) files.makeDirectories(join(root, path));
  for (const path of ['etc/hostname', 'etc/resolv.conf', 'var/lib/dbus/machine-id']) if (files.exists(join(root, path))) files.removeFile(join(root, path));
  files.writeAtomic(join(root, 'etc/machine-id'), '', 0o444);
  files.writeAtomic(join(root, 'etc/resolv.conf'), '# written at boot from the DHCP lease, when a litefile row makes this file writable\n');
  if (!files.exists(join(root, 'etc/hosts'))) files.writeAtomic(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n');
  files.writeAtomic(join(root, 'etc/fstab'), '# The root is mounted by the initrd (NFSROOT=), the rest as the litefile table says.\n');
  files.writeAtomic(join(root, 'etc/statelite/ca.pem'), files.readBytes(authority));
  files.writeAtomic(join(root, 'etc/init.d/statelite'), files.readBytes(asset('add-on/statelite/rc.statelite')), 0o755);
}

/** dracut inside the tree, with our module; kernel and initrd are replaced only when both are made. */
async function makeInitrd(system: System, plan: ImagePlan, root: string, onLine: (line: string) => void): Promise<void> {
  const { files } = system;
  const versions = files.exists(join(root, 'lib/modules')) ? files.list(join(root, 'lib/modules')) : [];
  const version = versions.at(-1);
  if (version === undefined) throw new StateliteError('IMAGE_MISSING', `${root} has no kernel: /lib/modules is empty`, { hint: `name a kernel package in ${plan.packageList}` });
  files.makeDirectories(join(root, MODULE));
  for (const name of files.list(asset(SHIPPED_MODULE))) files.copyFile(asset(join(SHIPPED_MODULE, name)), join(root, MODULE, name));
  const made = join(root, 'boot/initrd-statelite.img');
  await runInRoot(system, root, [
    ...plan.family.dracut, '--force', '--no-hostonly', '--no-hostonly-cmdline', '--nofscks', '--modules', 'base statelite', '--zstd', '--kver', version, '/boot/initrd-statelite.img',
  ], { onLine, env: { statelite_drivers: plan.drivers.join(' ') } });
  const kernel = [`boot/vmlinuz-${version}`, `lib/modules/${version}/vmlinuz`].map((path) => join(root, path)).find((path) => files.exists(path));
  if (kernel === undefined) throw new StateliteError('IMAGE_MISSING', `${root} has no kernel file for ${version} in /boot or /lib/modules/${version}`);
  files.writeAtomic(join(plan.directory, 'kernel'), files.readBytes(kernel));
  files.writeAtomic(join(plan.directory, 'initrd-statelite.gz'), files.readBytes(made));
  files.removeFile(made);
}

async function putInPlace(system: System, plan: ImagePlan, building: string): Promise<void> {
  const { files } = system;
  const target = join(plan.directory, 'rootimg');
  const old = join(dirname(target), '.rootimg.old');
  await removeImageTree(system, old);
  if (files.exists(target)) files.rename(target, old);
  files.rename(building, target);
  await removeImageTree(system, old);
}
