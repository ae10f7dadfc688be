import { basename, dirname, join } from 'node:path';
import type { Cluster } from '../lib/cluster/cluster.ts';
import { readImageFile, writeImageFile } from '../lib/image/image-file.ts';
import { joinScript } from '../lib/image/join-script.ts';
import { refuseMounts } from '../lib/image/remove-tree.ts';
import { setRootPassword } from '../lib/image/root-password.ts';
import type { Step } from '../lib/progress.ts';
import { asset } from '../lib/system/assets.ts';
import type { System } from '../lib/system/system.ts';
import { runApart } from './chroot.ts';
import { excludeFrom } from './exclude-list.ts';
import { kernelOf, makeInitrd } from './initrd.ts';
import type { ImagePlan } from './plan-image.ts';
import { inMaking, ROOT_TREE } from '../lib/image/parts.ts';
import { putBootFilesInPlace, putImageInPlace, removeUnfinished } from '../lib/image/replace.ts';
import { syncInto } from './sync-list.ts';

/** Where the tree of an image is. */
export const treeOf = (plan: Pick<ImagePlan, 'directory'>): string => join(plan.directory, ROOT_TREE);

/** The steps that make an image; `authority` is the CA's certificate file, `warn` gets what an admin should see when it is made. */
export function imageSteps(system: System, cluster: Cluster, plan: ImagePlan, authority: string, warn: (line: string) => void): readonly Step[] {
  const { files } = system;
  const root = plan.onlyInitrd ? treeOf(plan) : inMaking(plan.directory, ROOT_TREE);
  const log = join(plan.directory, 'genimage.log');
  const onLine = (line: string) => files.append(log, `${line}\n`);
  const initrd: Step = { title: 'kernel and initrd', work: async () => {
    const missing = await makeInitrd(system, plan, root, authority, onLine);
    if (missing.length > 0) warn(`Warning: ${plan.name}: the kernel has no driver ${missing.join(', ')}: not in the initrd`);
  } };
  if (plan.onlyInitrd) return [initrd, { title: 'put in place', work: () => {
    putBootFilesInPlace(files, plan.directory);
    return Promise.resolve();
  } }];
  return [
    { title: `root tree of ${plan.packages.length} packages and what they need`, work: async () => {
      files.makeDirectories(plan.directory);
      refuseMounts(files, treeOf(plan));
      await removeUnfinished(system, plan.directory);
      files.writeAtomic(log, `genimage ${plan.name}, packages of ${plan.packageList}\n`);
      await plan.family.install({ ...plan, system, root, onLine });
    } },
    { title: 'what a shared root needs', work: async () => {
      finishRoot(system, root);
      plan.family.finish(system, root);
      if (!(await setRootPassword(system, cluster, root, files.exists(treeOf(plan)) ? treeOf(plan) : root))) onLine('no password for root: the passwd table has no row key=system username=root');
    } },
    ...plan.postinstall.map(([program = '', ...args]) => ({ title: basename(program), work: () => postinstall(system, plan, root, program, args, onLine) })),
    ...(plan.synced.length === 0 ? [] : [{ title: 'files of the synclists', work: () => {
      for (const line of syncInto(files, root, plan.synced)) onLine(line);
      return Promise.resolve();
    } }]),
    initrd,
    ...(plan.excluded.length === 0 ? [] : [{ title: 'leave out what the exlist says', work: () => {
      onLine(`exlist ${plan.excludeList ?? ''}: ${excludeFrom(files, root, plan.excluded)} files and directories left out`);
      return Promise.resolve();
    } }]),
    { title: 'put in place', work: () => putImageInPlace(system, plan.directory) },
  ];
}

// --- internal ---

/** Names that belong to one machine, and the directories and the script of statelite. */
function finishRoot(system: System, root: string): void {
  const { files } = system;
  for (const path of ['proc', 'sys', 'dev', 'run', 'tmp', '.statelite', '.default', '.sllocal/localmnt', '.sllocal/log', 'etc/init.d']) files.makeDirectories(join(root, path));
  for (const path of ['etc/hostname', 'etc/resolv.conf', 'var/lib/dbus/machine-id']) if (files.exists(join(root, path))) files.removeFile(join(root, path));
  files.writeAtomic(join(root, 'etc/machine-id'), '', 0o444);
  files.writeAtomic(join(root, 'etc/resolv.conf'), '# written at boot from the DHCP lease, when a litefile row makes this file writable\n');
  if (!files.exists(join(root, 'etc/hosts'))) files.writeAtomic(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n');
  files.writeAtomic(join(root, 'etc/fstab'), '# The root is mounted by the initrd (NFSROOT=), the rest as the litefile table says.\n');
  for (const path of ['/etc/shadow', '/etc/shadow-']) withoutDates(system, root, path);
  files.writeAtomic(join(root, 'etc/init.d/statelite'), joinScript(files, asset('add-on/statelite/rc.statelite')), 0o755);
}

/** A script of the site, on this machine, with xCAT's arguments and variables. */
async function postinstall(system: System, plan: ImagePlan, root: string, program: string, args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const env = {
    IMG_NAME: plan.name, IMG_OSVER: plan.os, IMG_ARCH: plan.arch, IMG_PROFILE: plan.profile, IMG_ROOTIMGDIR: root, IMG_KERNELVERSION: kernelOf(system, root, plan).version,
    IMG_PKGLIST: plan.packageList, IMG_PKGDIR: plan.repositories.join(','), IMG_OTHERPKGLIST: plan.otherPackageList ?? '', IMG_OTHERPKGDIR: plan.otherRepositories.join(','),
  };
  onLine(`postinstall ${[program, ...args].join(' ')}`);
  await runApart(system, 'exec "$@"', root, [program, ...args, root, plan.os, plan.arch, plan.profile, dirname(program)], { onLine, env });
}

/** Without the days on which packages made their accounts: the same packages make the same tree tomorrow. */
function withoutDates({ files }: System, root: string, path: string): void {
  const file = readImageFile(files, root, path);
  if (file.text !== undefined) writeImageFile(files, root, file, file.text.replaceAll(/^([^:\n]*:[^:\n]*:)\d+(?=:)/gm, '$1'));
}
