import { dirname, join } from 'node:path';
import { StateliteError } from '../../lib/errors.ts';
import type { Files } from '../../lib/system/files.ts';
import type { System } from '../../lib/system/system.ts';
import { runApart } from '../chroot.ts';
import { requireDirectory, sourceKind, type Build, type Family, type PackageSources, type Release } from '../family.ts';
import { DISTRIBUTIONS } from './distributions.ts';

/** Red Hat Enterprise Linux and its relatives by dnf. */
export const redHat: Family = {
  name: 'rh',
  examples: Object.values(DISTRIBUTIONS).map(({ example }) => example).join(', '),
  programs: { dnf: 'dnf', rpm: 'rpm' },
  recognise: (os) => {
    const [, name = '', version = ''] = /^([a-z][a-z-]*)(\d+(?:\.\d+)*)$/.exec(os) ?? [];
    return Object.hasOwn(DISTRIBUTIONS, name) ? { os, distribution: name, version } : undefined;
  },
  resolveSources,
  withKernelVersion: (packages, version) => packages.map((name) => (/^kernel(?:-core|-modules|-modules-core|-modules-extra|-devel)?$/.test(name) ? `${name}-${version}` : name)),
  install,
  finish,
};

// --- internal ---

const majorOf = ({ version }: Release): number => Number(version.split('.')[0]);

/** Addresses of repositories. An installation medium has several below it; RHEL has only those of the site. */
function resolveSources(files: Files, release: Release, arch: string, { repositories, otherRepositories, noUpdate }: PackageSources): readonly string[] {
  const fromDirectory = (directory: string): readonly string[] => {
    requireDirectory(files, directory);
    const below = files.list(directory).map((name) => join(directory, name));
    const found = [directory, ...below].filter((place) => files.exists(join(place, 'repodata/repomd.xml')));
    if (found.length > 0) return found.map((place) => `file://${place}`);
    throw new StateliteError('IMAGE_MISSING', `${directory} is no package source: no repodata/repomd.xml is in it or one below it`, { hint: `createrepo_c ${directory}` });
  };
  const addresses = (source: string): readonly string[] => {
    const kind = sourceKind(source);
    if (kind === undefined) throw new StateliteError('USAGE', `the package source "${source}" is neither a directory nor an address`);
    return kind === 'directory' ? fromDirectory(source) : [source];
  };
  const known = repositories.length > 0 ? [] : DISTRIBUTIONS[release.distribution]?.repositories(release.version, arch, !noUpdate) ?? [];
  if (repositories.length === 0 && known.length === 0) {
    throw new StateliteError('IMAGE_MISSING', `there is no public package source for ${release.os}`, { hint: `copy the installation medium to a directory and name it: chdef -t osimage ${release.os}-${arch}-<profile> pkgdir=<directory>` });
  }
  return [...known, ...[...repositories, ...otherRepositories].flatMap(addresses)];
}

async function install({ system, release, arch, root, packages, removed, onLine, ...sources }: Build): Promise<void> {
  const { files } = system;
  const addresses = resolveSources(files, release, arch, sources);
  const workshop = join(dirname(root), '.dnf');
  files.removeTree(workshop);
  for (const name of ['home', 'repos']) files.makeDirectories(join(workshop, name));
  files.makeDirectories(root);
  files.writeAtomic(join(workshop, 'home/.rpmmacros'), `%_dbpath ${databaseOf(release)}\n`);
  files.writeAtomic(join(workshop, 'repos/statelite.repo'), addresses.map((address, index) => repositoryText(release, address, index)).join('\n'));
  try {
    const dnf = [
      'dnf', '--assumeyes', `--installroot=${root}`, `--releasever=${release.version}`, `--forcearch=${arch}`, '--nodocs', '--noplugins',
      `--setopt=reposdir=${join(workshop, 'repos')}`, `--setopt=cachedir=${IN_ROOT}/cache`, '--setopt=varsdir=/dev/null',
      '--setopt=install_weak_deps=False', '--setopt=retries=3', '--setopt=skip_if_unavailable=False', '--setopt=keepcache=False', `--setopt=logdir=${IN_ROOT}`,
    ];
    // Install dates in the database are the same each time.
    const run = (words: readonly string[], toLog: boolean) => runApart(system, WITH_DEVICES, root, [...dnf, ...words], { ...(toLog ? { onLine } : {}), env: { HOME: join(workshop, 'home'), SOURCE_DATE_EPOCH: system.env['SOURCE_DATE_EPOCH'] ?? '1' } });
    const isGroup = (name: string): boolean => name.startsWith('@');
    const groups = removed.filter(isGroup).map((name) => name.replace(/^@\^?/, ''));
    const members = groups.length === 0 ? [] : membersOf((await run(['--quiet', 'group', 'info', ...groups], false)).stdout);
    const unwanted = [...removed.filter((name) => !isGroup(name)), ...members].filter((name) => !packages.includes(name));
    await run([...unwanted.map((name) => `--exclude=${name}`), 'install', ...packages], true);
  } finally {
    files.removeTree(workshop);
    files.removeTree(join(root, IN_ROOT));
  }
}

/** Where dnf keeps cache and logs: below the root it installs into, whatever it is told. */
const IN_ROOT = '/.statelite-dnf';

/** Packages in what `dnf group info` prints: those lines are indented and one word. */
const membersOf = (text: string): readonly string[] => text.split('\n').flatMap((line) => /^ {2,}([^\s:]+)$/.exec(line)?.[1] ?? []);

/** Scriptlets run in the new root: they need /proc, and devices that are not those of this machine. */
const WITH_DEVICES = [
  'mkdir -p "$root/proc" "$root/dev"',
  'mount -t proc proc "$root/proc"',
  'mount -t tmpfs -o mode=755 tmpfs "$root/dev"',
  'mknod -m 666 "$root/dev/null" c 1 3; mknod -m 666 "$root/dev/zero" c 1 5',
  'mknod -m 666 "$root/dev/random" c 1 8; mknod -m 666 "$root/dev/urandom" c 1 9',
  'ln -s /proc/self/fd "$root/dev/fd"',
  'exec "$@"',
].join('; ');

const DATABASES = ['/var/lib/rpm', '/usr/lib/sysimage/rpm'] as const;

// Where the distribution's own rpm looks for what is installed.
const databaseOf = (release: Release): string => DATABASES[(release.distribution === 'fedora' ? majorOf(release) >= 36 : majorOf(release) >= 10) ? 1 : 0];

/** What lies on this machine is trusted; what comes over the network must be signed by the distribution. */
function repositoryText(release: Release, address: string, index: number): string {
  const key = DISTRIBUTIONS[release.distribution]?.key(release.version);
  const trust = address.startsWith('file://') ? ['gpgcheck=0'] : ['gpgcheck=1', ...(key === undefined ? [] : [`gpgkey=${key}`])];
  return [`[statelite-${index + 1}]`, `name=${release.os} ${index + 1}`, `baseurl=${address.replaceAll(' ', '%20')}`, 'enabled=1', ...trust, ''].join('\n');
}

/** Timers that look after a disk of one's own. */
const UNWANTED = ['dnf-makecache.timer', 'fstrim.timer', 'raid-check.timer', 'unbound-anchor.timer', 'dracut-shutdown.service'];

function finish({ files }: System, root: string): void {
  const units = join(root, 'etc/systemd/system');
  files.makeDirectories(units);
  for (const unit of UNWANTED) {
    if (files.exists(join(units, unit))) files.removeFile(join(units, unit));
    files.symlink('/dev/null', join(units, unit));
  }
  // dnf's notes of when it did what, and SQLite's index with random marks. Without that file rpm reads no database on a read-only root; empty it does.
  const history = join(root, 'var/lib/dnf');
  if (files.exists(history)) for (const name of files.list(history)) if (name.startsWith('history.sqlite')) files.removeFile(join(history, name));
  for (const directory of DATABASES) {
    const index = join(root, directory, 'rpmdb.sqlite-shm');
    if (files.look(index)?.type === 'file') files.writeAtomic(index, '');
  }
  // NFS carries no labels, and without them nothing may run.
  const selinux = join(root, 'etc/selinux/config');
  if (files.look(selinux)?.type === 'file') files.writeAtomic(selinux, files.readText(selinux).replace(/^SELINUX=.*$/m, 'SELINUX=disabled'));
  const ssh = join(root, 'etc/ssh');
  if (files.look(ssh)?.type === 'directory') for (const name of files.list(ssh)) if (name.startsWith('ssh_host_')) files.removeFile(join(ssh, name));
}
