import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asset } from '../../lib/system/assets.ts';

/** RPMs of a distribution by the names Red Hat has for them: the Debian packages whose files they hold. What is in none of them is in `basesystem`. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  dracut: ['dracut-core', 'dracut'],
  systemd: ['systemd', 'systemd-sysv', 'libsystemd-shared', 'libsystemd0'],
  'systemd-udev': ['udev'],
  dbus: ['dbus', 'dbus-daemon', 'dbus-bin', 'dbus-system-bus-common', 'dbus-session-bus-common'],
  kmod: ['kmod', 'libkmod2'],
  iproute: ['iproute2'],
  'nfs-utils': ['nfs-common'],
  'dhcp-client': ['isc-dhcp-client'],
  curl: ['curl', 'libcurl4'],
  cpio: ['cpio'],
  tar: ['tar'],
  zstd: ['zstd'],
  'procps-ng': ['procps'],
  'util-linux': ['util-linux', 'mount'],
  passwd: ['passwd', 'login'],
  openssl: ['openssl'],
  'ca-certificates': ['ca-certificates'],
  'openssh-server': ['openssh-server', 'openssh-sftp-server', 'openssh-client'],
  iputils: ['iputils-ping'],
  less: ['less'],
};

/**
 * A repository of real RPMs that make a system which boots: Debian's programs in packages named and laid out as in the Red Hat family, so that the shipped package
 * lists resolve. /bin/sh is bash, the kernel is in /lib/modules/<version>/vmlinuz, DHCP is by dhclient. Takes about a minute; one that is there is used again.
 */
export function makeRpmDistribution(directory: string): string {
  const repository = join(directory, 'repo');
  if (existsSync(join(repository, 'repodata/repomd.xml'))) return repository;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(repository, { recursive: true });
  const tree = join(directory, 'tree');
  execFileSync('mmdebstrap', [
    '--quiet', '--variant=minbase', `--include=linux-image-cloud-amd64,bash,libpam-systemd,netbase,${Object.values(PACKAGES).flat().filter((name) => !name.startsWith('lib')).join(',')}`,
    '--dpkgopt=path-exclude=/usr/share/man/*', '--dpkgopt=path-exclude=/usr/share/locale/*', '--dpkgopt=path-exclude=/usr/share/doc/*', 'bookworm', tree,
  ], { stdio: 'pipe', env: { ...process.env, INITRD: 'No' } });
  const kernel = lines('ls', join(tree, 'lib/modules')).at(-1) ?? '';
  execFileSync('sh', ['-c', LAY_OUT, 'sh', tree, kernel, asset('netboot/debian/ssh-host-keys.conf')]);

  const inTree = new Set(lines('sh', '-c', 'cd "$1" && find . -mindepth 1 \\( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \\) -prune -o -print | sed s,^.,,', 'sh', tree)
    .filter((path) => !path.startsWith('/var/lib/dpkg') && !path.startsWith('/var/lib/apt') && !path.startsWith('/boot')));
  const isDirectory = new Set(lines('sh', '-c', 'cd "$1" && find . -mindepth 1 -type d | sed s,^.,,', 'sh', tree));
  const take = (paths: readonly string[]): readonly string[] => {
    const found = paths.filter((path) => inTree.has(path) && !isDirectory.has(path));
    for (const path of found) inTree.delete(path);
    return found;
  };
  const modules = take([...inTree].filter((path) => path.startsWith(`/usr/lib/modules/${kernel}/`)));
  const isCore = (path: string): boolean => !/\/kernel\/(drivers|sound|fs)\//.test(path) || /nfs|overlay|virtio|lockd|bonding|fscache/.test(path);
  const version = kernel.replace(/-.*/, '');
  const owned = Object.entries(PACKAGES).map(([name, packages]) => [name, take(filesOf(tree, packages))] as const);
  const specs: readonly Spec[] = [
    { name: 'kernel-core', version, files: modules.filter(isCore), requires: ['basesystem'] },
    { name: 'kernel-modules', version, files: modules.filter((path) => !isCore(path)), requires: [`kernel-core = ${version}`] },
    ...owned.map(([name, files]) => ({ name, files, requires: ['basesystem'] })),
    { name: 'basesystem', files: [...inTree].map((path) => (isDirectory.has(path) ? `%dir ${path}` : path)), provides: ['/bin/sh'] },
  ];
  for (const spec of specs) build(directory, tree, spec);
  execFileSync('createrepo_c', ['--quiet', repository]);
  rmSync(tree, { recursive: true, force: true });
  return repository;
}

// --- internal ---

interface Spec {
  readonly name: string;
  readonly version?: string;
  readonly files: readonly string[];
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
}

/** What is elsewhere in the Red Hat family than in Debian. */
const LAY_OUT = `
set -e
cd "$1"
cp boot/vmlinuz-$2 usr/lib/modules/$2/vmlinuz
cp boot/config-$2 usr/lib/modules/$2/config
ln -sf bash usr/bin/sh
mkdir -p usr/lib/systemd/system/ssh.service.d && cp "$3" usr/lib/systemd/system/ssh.service.d/keygen.conf
mkdir -p etc/selinux && echo SELINUX=enforcing >etc/selinux/config
rm -f etc/os-release
printf '%s\\n' 'NAME="Rocky Linux"' 'VERSION="9.4"' ID=rocky 'ID_LIKE="rhel centos fedora"' VERSION_ID=9.4 'PRETTY_NAME="Rocky Linux 9.4 (packages of a test)"' >etc/os-release
printf '%s\\n' 'Rocky Linux 9.4 (packages of a test)' 'Kernel \\r on an \\m' >etc/issue
`;

const lines = (program: string, ...args: string[]): string[] => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n').filter((line) => line !== '');

/** Files of Debian packages in a tree, by their place in /usr. */
function filesOf(tree: string, packages: readonly string[]): readonly string[] {
  return packages.flatMap((name) => {
    const list = [`${name}.list`, `${name}:amd64.list`].map((file) => join(tree, 'var/lib/dpkg/info', file)).find((path) => existsSync(path));
    return list === undefined ? [] : readFileSync(list, 'utf8').split('\n').filter((path) => path !== '').map((path) => path.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)\//, '/usr/$1/'));
  });
}

/** Built from the tree as it lies, so that owners, modes and links are those of the tree. */
function build(directory: string, tree: string, { name, version = '1', files, requires = [], provides = [] }: Spec): void {
  const spec = join(directory, `${name}.spec`);
  const quoted = (path: string): string => path.replace(/^(%dir )?(.*)$/, (_, mark: string | undefined, rest: string) => `${mark ?? ''}"${rest.replaceAll('%', '%%')}"`);
  writeFileSync(join(directory, `${name}.files`), `${files.map(quoted).join('\n')}\n`);
  writeFileSync(spec, [
    `Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: a package for a test', 'License: none', 'BuildArch: x86_64', 'AutoReqProv: no',
    ...requires.map((one) => `Requires: ${one}`), ...provides.map((one) => `Provides: ${one}`), '%description', 'A package for a test.',
    '%install', `rm -rf %{buildroot}; cp -al ${tree} %{buildroot}`, `%files -f ${directory}/${name}.files`, '',
  ].join('\n'));
  execFileSync('rpmbuild', [
    '-bb', '--quiet', '--define', `_topdir ${join(directory, 'build')}`, '--define', `_rpmdir ${join(directory, 'repo')}`, '--define', '_build_id_links none', '--define', '_binary_payload w1.gzdio',
    '--define', '_unpackaged_files_terminate_build 0', '--define', '__os_install_post %{nil}', '--define', 'debug_package %{nil}', '--define', '_missing_doc_files_terminate_build 0', spec,
  ], { stdio: 'pipe', maxBuffer: 1 << 28 });
  rmSync(join(directory, 'build'), { recursive: true, force: true });
}
