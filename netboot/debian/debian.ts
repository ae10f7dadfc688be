import { dirname, join } from 'node:path';
import { StateliteError } from '../../lib/errors.ts';
import { inMaking, SCRATCH } from '../../lib/image/parts.ts';
import { asset } from '../../lib/system/assets.ts';
import type { Files } from '../../lib/system/files.ts';
import type { System } from '../../lib/system/system.ts';
import { runApart } from '../chroot.ts';
import { requireDirectory, sourceKind, type Build, type Family, type PackageSources, type Release } from '../family.ts';

/** Debian and its relatives by mmdebstrap. */
export const debian: Family = {
  name: 'debian',
  examples: 'debian11, debian12, debian13, ubuntu22.04, ubuntu24.04',
  programs: { mmdebstrap: 'mmdebstrap' },
  recognise: (os) => {
    const [, distribution = '', version = ''] = /^(debian|ubuntu)(\d+(?:\.\d+)*)$/.exec(os) ?? [];
    return codenameOf({ distribution, version }) === undefined ? undefined : { os, distribution, version };
  },
  resolveSources,
  withKernelVersion: (packages, version) => packages.map((name) => (name.startsWith('linux-image-') ? `${name}=${version}` : name)),
  install,
  finish,
};

// --- internal ---

interface Distribution {
  readonly codenames: Readonly<Record<string, string>>;
  readonly components: string;
  readonly mirror: (architecture: string) => string;
  /** Address and name of each suite that brings updates. */
  readonly updates: (mirror: string, codename: string) => readonly (readonly [address: string, suite: string])[];
  readonly keyring: string;
  readonly keyringPackage: string;
}

/** A distribution of the family is these facts and its package lists. */
const DISTRIBUTIONS: Readonly<Record<string, Distribution>> = {
  debian: {
    codenames: { '11': 'bullseye', '12': 'bookworm', '13': 'trixie' },
    components: 'main',
    mirror: () => 'http://deb.debian.org/debian',
    updates: (mirror, codename) => [[mirror, `${codename}-updates`], ['http://deb.debian.org/debian-security', `${codename}-security`]],
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg', keyringPackage: 'debian-archive-keyring',
  },
  ubuntu: {
    codenames: { '20.04': 'focal', '22.04': 'jammy', '24.04': 'noble', '26.04': 'resolute' },
    components: 'main universe',
    mirror: (architecture) => (architecture === 'amd64' ? 'http://archive.ubuntu.com/ubuntu' : 'http://ports.ubuntu.com/ubuntu-ports'),
    updates: (mirror, codename) => ['updates', 'security'].map((name) => [mirror, `${codename}-${name}`] as const),
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg', keyringPackage: 'ubuntu-keyring',
  },
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', ppc64le: 'ppc64el' };

// Debian counts by the first number, Ubuntu by the first two.
const codenameOf = ({ distribution, version }: Pick<Release, 'distribution' | 'version'>): string | undefined => {
  const names = DISTRIBUTIONS[distribution]?.codenames ?? {};
  return names[version.split('.').slice(0, distribution === 'ubuntu' ? 2 : 1).join('.')];
};

function architectureOf(arch: string): string {
  const architecture = ARCHITECTURES[arch];
  if (architecture !== undefined) return architecture;
  throw new StateliteError('USAGE', `the architecture ${arch} is not known for Debian; known are ${Object.keys(ARCHITECTURES).join(', ')}`);
}

/** Lines of sources.list. What lies on this machine is trusted, what comes over the network must be signed by the distribution. */
function resolveSources(files: Files, release: Release, arch: string, { repositories, otherRepositories, noUpdate }: PackageSources): readonly string[] {
  const distribution = DISTRIBUTIONS[release.distribution];
  const codename = codenameOf(release);
  if (distribution === undefined || codename === undefined) throw new StateliteError('USAGE', `the os ${release.os} is not known`);
  const { components, keyring, mirror, updates } = distribution;
  const signed = (address: string, suite: string): string => `deb [signed-by=${keyring}] ${address} ${suite} ${components}`;
  const fromDirectory = (directory: string): string => {
    requireDirectory(files, directory);
    if (files.exists(join(directory, 'dists', codename))) return `deb [trusted=yes] file://${directory} ${codename} ${components}`;
    if (['Packages', 'Packages.gz', 'Packages.xz'].some((name) => files.exists(join(directory, name)))) return `deb [trusted=yes] copy://${directory} ./`;
    throw new StateliteError('IMAGE_MISSING', `${directory} is no package source for ${release.os}: neither dists/${codename} nor Packages is in it`, { hint: `cd ${directory} && dpkg-scanpackages . >Packages` });
  };
  const line = (source: string): string => {
    if (/^deb(?:-src)?\s/.test(source)) return source;
    const kind = sourceKind(source);
    if (kind === undefined) throw new StateliteError('USAGE', `the package source "${source}" is neither a directory, nor an address, nor a line of sources.list`);
    if (kind === 'directory') return fromDirectory(source);
    return signed(source, codename);
  };
  const own = mirror(architectureOf(arch));
  const known = repositories.length > 0 ? [] : [[own, codename] as const, ...(noUpdate ? [] : updates(own, codename))].map(([address, suite]) => signed(address, suite));
  return [...known, ...[...repositories, ...otherRepositories].map(line)];
}

async function install({ system, release, arch, root, packages, onLine, ...sources }: Build): Promise<void> {
  const lines = resolveSources(system.files, release, arch, sources);
  const { keyring = '', keyringPackage = '' } = DISTRIBUTIONS[release.distribution] ?? {};
  if (lines.some((line) => line.includes(`[signed-by=${keyring}]`)) && !system.files.exists(keyring)) {
    throw new StateliteError('TOOL_MISSING', `the keys of ${release.distribution} are not installed: ${keyring}`, { hint: `apt-get install ${keyringPackage}; where there is no such package, put that file there, or name a source with keys of its own: chdef -t osimage <image> pkgdir="deb [signed-by=<file>] <address> ${codenameOf(release) ?? ''} main"` });
  }
  const scratch = inMaking(dirname(root), SCRATCH);
  system.files.removeTree(scratch);
  system.files.makeDirectories(scratch, 0o700);
  await runApart(system, 'exec "$@"', root, [
    'mmdebstrap',
    '--variant=minbase',
    `--architectures=${architectureOf(arch)}`,
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Retries "3"',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    codenameOf(release) ?? '',
    root,
    ...lines,
  ], { onLine, env: { INITRD: 'No', DEBIAN_FRONTEND: 'noninteractive', TMPDIR: scratch } }).finally(() => { system.files.removeTree(scratch); });
}

/** Timers and services that look after a disk of one's own, or unpack the initrd again to leave one: on a shared NFS root they only cost. */
const UNWANTED = [
  'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer', 'man-db.timer',
  'dracut-shutdown.service',
];

/** Files that say when the packages were installed, or in which order. */
const TRACES = ['var/log/alternatives.log', 'var/log/bootstrap.log', 'var/log/dpkg.log', 'var/log/apt/history.log', 'var/log/apt/term.log', 'var/log/apt/eipp.log.xz', 'var/cache/ldconfig/aux-cache'];

function finish({ files }: System, root: string): void {
  const units = join(root, 'etc/systemd/system');
  for (const unit of UNWANTED) {
    if (files.exists(join(units, unit))) files.removeFile(join(units, unit));
    files.symlink('/dev/null', join(units, unit));
  }
  for (const path of TRACES) if (files.exists(join(root, path))) files.removeFile(join(root, path));
  // Directories of this machine are none of the image: apt in it would fail over them.
  const sources = join(root, 'etc/apt/sources.list');
  if (files.exists(sources)) files.writeAtomic(sources, files.readText(sources).replaceAll(/^(?=deb(?:-src)? (?:\[[^\]]*\] )?(?:file|copy):)/gm, '# of the management node: '));
  const ssh = join(root, 'etc/ssh');
  if (!files.exists(ssh)) return;
  for (const name of files.list(ssh)) if (name.startsWith('ssh_host_')) files.removeFile(join(ssh, name));
  files.makeDirectories(join(units, 'ssh.service.d'));
  files.copyFile(asset('netboot/debian/ssh-host-keys.conf'), join(units, 'ssh.service.d/statelite.conf'));
}
