import { join } from 'node:path';
import type { Cluster, OsImage } from '../lib/cluster/cluster.ts';
import { gather, StateliteError } from '../lib/errors.ts';
import { asset } from '../lib/system/assets.ts';
import type { Files } from '../lib/system/files.ts';
import type { System } from '../lib/system/system.ts';
import { readExcludeList, type ExcludeRule } from './exclude-list.ts';
import { familyOf } from './families.ts';
import type { Family, PackageSources, Release } from './family.ts';
import { readPackageList } from './package-list.ts';
import { readSyncList, type SyncRule } from './sync-list.ts';

/** What genimage was asked for, complete. */
export interface ImageRequest {
  readonly os: string;
  readonly arch: string;
  readonly profile: string;
  /** Name of the osimage row; unset: <os>-<arch>-<profile>. */
  readonly name?: string | undefined;
  /** Drivers that must be in the initrd, from -n. */
  readonly drivers: readonly string[];
  /** Version of the kernel to boot; unset: the newest in the image. */
  readonly kernelVersion?: string | undefined;
  /** Version of the kernel packages to install, from -g; unset: the newest. */
  readonly kernelPackage?: string | undefined;
  readonly noUpdate: boolean;
  /** Only kernel and initrd are made anew. */
  readonly onlyInitrd: boolean;
}

export interface ImagePlan extends ImageRequest, PackageSources {
  readonly name: string;
  /** Holds rootimg/, kernel, initrd-statelite.gz and genimage.log. */
  readonly directory: string;
  readonly family: Family;
  readonly release: Release;
  readonly packageList: string;
  readonly otherPackageList?: string;
  /** Of both lists. */
  readonly packages: readonly string[];
  readonly removed: readonly string[];
  /** Files of the site to copy into the tree, by osimage.synclists. */
  readonly synced: readonly SyncRule[];
  /** The repositories as the family's installer takes them. */
  readonly sources: readonly string[];
  readonly excludeList?: string;
  readonly excluded: readonly ExcludeRule[];
  /** Programs run when the tree is made, each with its arguments. */
  readonly postinstall: readonly (readonly string[])[];
}

/** Checks a request against tables and files before anything is made; throws all that is wrong. */
export function planImage({ files }: System, cluster: Cluster, request: ImageRequest): ImagePlan {
  const { os, arch, profile } = request;
  for (const [what, value] of Object.entries({ os, arch, profile })) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(value)) throw new StateliteError('USAGE', `the ${what} "${value}" is not usable: letters, digits and . _ + - are`);
  }
  const { family, release } = familyOf(os);
  const installdir = cluster.site('installdir') ?? '/install';
  const name = request.name ?? `${os}-${arch}-${profile}`;
  const image = cluster.image(name);
  const lookUp = (column: string, ending: string): string | undefined => listFor(files, image, column, placesOf(installdir, { family, release, arch, profile }, ending));
  const packageList = lookUp('pkglist', 'pkglist');
  if (packageList === undefined) {
    const places = placesOf(installdir, { family, release, arch, profile }, 'pkglist');
    throw new StateliteError('IMAGE_MISSING', `no package list for profile ${profile}: looked for ${[...new Set(places)].join(', ')}`, {
      hint: `cp ${asset(`netboot/${family.name}/compute.pkglist`)} ${join(installdir, 'custom/netboot', family.name, `${profile}.pkglist`)}   and edit it`,
    });
  }
  const otherPackageList = lookUp('otherpkglist', 'otherpkgs.pkglist');
  const excludeList = lookUp('exlist', 'exlist');
  const read = (path: string): string | undefined => files.readTextIfThere(path);
  const unresolved = { repositories: entriesOf(image?.linuximage['pkgdir']), otherRepositories: entriesOf(image?.linuximage['otherpkgdir']), noUpdate: request.noUpdate };
  const [listed, others, excluded, postinstall, sources, synced] = gather(
    () => readPackageList(packageList, read),
    () => (otherPackageList === undefined ? { names: [], removed: [] } : readPackageList(otherPackageList, read)),
    () => (excludeList === undefined ? [] : readExcludeList(excludeList, read)),
    () => programsOf(files, image?.linuximage['postinstall'] ?? lookUp('postinstall', 'postinstall')),
    () => (request.onlyInitrd ? [] : family.resolveSources(files, release, arch, unresolved)),
    () => entriesOf(image?.osimage['synclists']).flatMap((path) => readSyncList(path, read)),
  );
  const packages = [...new Set([...listed.names, ...others.names])];
  return {
    ...request, ...unresolved, name, family, release, packageList, excluded, postinstall, sources,
    ...(otherPackageList === undefined ? {} : { otherPackageList }), ...(excludeList === undefined ? {} : { excludeList }),
    directory: image?.directory ?? join(installdir, 'netboot', os, arch, profile),
    packages: request.kernelPackage === undefined ? packages : family.withKernelVersion(packages, request.kernelPackage), synced,
    removed: [...listed.removed, ...others.removed].filter((name) => !packages.includes(name)),
  };
}

// --- internal ---

const entriesOf = (value = ''): readonly string[] => value.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');

interface Place {
  readonly family: Family;
  readonly release: Release;
  readonly arch: string;
  readonly profile: string;
}

/** Where a list of a profile is looked for, the most special first: the site's own before the shipped one, then as xCAT names them. */
function placesOf(installdir: string, { family, release: { os, distribution, version }, arch, profile }: Place, ending: string): readonly string[] {
  const names = [`${profile}.${os}.${arch}`, `${profile}.${os}`, `${profile}.${distribution}${version.split('.')[0] ?? ''}`, `${profile}.${distribution}`, `${profile}.${arch}`, profile];
  const directories = [join(installdir, 'custom/netboot', distribution), join(installdir, 'custom/netboot', family.name), asset(join('netboot', family.name))];
  return directories.flatMap((directory) => names.map((name) => join(directory, `${name}.${ending}`)));
}

function listFor(files: Files, image: OsImage | undefined, column: string, places: readonly string[]): string | undefined {
  const named = image?.linuximage[column];
  if (named === undefined) return places.find((path) => files.exists(path));
  if (files.exists(named) || column === 'postinstall') return named;
  throw new StateliteError('IMAGE_MISSING', `linuximage row imagename=${image?.name ?? ''}: ${column} is ${named}, and there is no such file`, { hint: `chdef -t osimage ${image?.name ?? ''} ${column}=<file>` });
}

function programsOf(files: Files, value: string | undefined): readonly (readonly string[])[] {
  const programs = entriesOf(value).map((entry) => entry.split(/\s+/));
  for (const [program = ''] of programs) {
    const mode = program.startsWith('/') ? files.look(program)?.mode : undefined;
    if (mode === undefined || (mode & 0o111) === 0) {
      throw new StateliteError('IMAGE_MISSING', `linuximage.postinstall names ${program}, wanted is the absolute path of a program`, { hint: `chmod 755 ${program}` });
    }
  }
  return programs;
}
