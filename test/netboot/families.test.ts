import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { createFiles } from '../../lib/system/files.ts';
import { createSystem } from '../../lib/system/system.ts';
import { excludeFrom, readExcludeList } from '../../netboot/exclude-list.ts';
import { familyOf } from '../../netboot/families.ts';
import { planImage } from '../../netboot/plan-image.ts';
import type { TableData } from '../../tables/table.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

const files = createFiles();
const sources = (os: string, repositories: readonly string[] = [], more = {}): readonly string[] => {
  const { family, release } = familyOf(os);
  return family.resolveSources(files, release, 'x86_64', { repositories, otherRepositories: [], noUpdate: false, ...more });
};

describe('an os name', () => {
  test.each([
    ['debian12', 'debian', 'debian', '12'], ['debian12.5', 'debian', 'debian', '12.5'], ['ubuntu24.04.1', 'debian', 'ubuntu', '24.04.1'], ['rhels9.4', 'rh', 'rhels', '9.4'], ['rocky9', 'rh', 'rocky', '9'],
    ['alma9', 'rh', 'alma', '9'], ['centos5.3', 'rh', 'centos', '5.3'], ['centos-stream9', 'rh', 'centos-stream', '9'], ['fedora41', 'rh', 'fedora', '41'], ['ol9.4', 'rh', 'ol', '9.4'],
  ])('%s is of the family %s: %s %s', (os, family, distribution, version) => {
    expect(familyOf(os)).toMatchObject({ family: { name: family }, release: { os, distribution, version } });
  });

  test.each(['debian99', 'ubuntu12.10', 'suse15', 'rocky', '9', 'rocky9/../x'])('%s is not known, and those that are are named', (os) => {
    expect(() => familyOf(os)).toThrow('known are debian11');
  });
});

describe('package sources', () => {
  test('of a distribution are its own, signed by it; without updates when asked', () => {
    expect(sources('ubuntu24.04')).toEqual(['noble', 'noble-updates', 'noble-security'].map((suite) => `deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg] http://archive.ubuntu.com/ubuntu ${suite} main universe`));
    expect(sources('debian12').map((line) => line.replace(/^.*gpg] /, ''))).toEqual([
      'http://deb.debian.org/debian bookworm main', 'http://deb.debian.org/debian bookworm-updates main', 'http://deb.debian.org/debian-security bookworm-security main',
    ]);
    expect(sources('debian12', [], { noUpdate: true }).length).toBe(1);
    expect(sources('rocky9.4')[0]).toBe('https://dl.rockylinux.org/pub/rocky/9.4/BaseOS/x86_64/os/');
    expect([sources('fedora41').length, sources('fedora41', [], { noUpdate: true }).length]).toEqual([2, 1]);
  });

  test('of the site are directories or addresses; a medium has several repositories', () => {
    const root = temporaryDirectory();
    makeTree(root, { 'medium/BaseOS/repodata/repomd.xml': '', 'medium/AppStream/repodata/repomd.xml': '', 'debs/Packages': '', 'mirror/dists/trixie/': '', 'empty/': '' });
    expect(sources('rhels9.4', [join(root, 'medium'), 'https://mirror/repo'])).toEqual([`file://${root}/medium/AppStream`, `file://${root}/medium/BaseOS`, 'https://mirror/repo']);
    expect(sources('debian13', [join(root, 'mirror'), 'deb http://x y main'], { otherRepositories: [join(root, 'debs')] })).toEqual([
      `deb [trusted=yes] file://${root}/mirror trixie main`, 'deb http://x y main', `deb [trusted=yes] copy://${root}/debs ./`,
    ]);
    expect(() => sources('rocky9', [join(root, 'empty')])).toThrow('no repodata/repomd.xml');
    expect(() => sources('debian12', [join(root, 'empty')])).toThrow('neither dists/bookworm nor Packages');
    for (const os of ['rocky9', 'debian12']) expect(() => sources(os, [join(root, 'gone')])).toThrow('gone, and there is no such directory');
    expect(() => sources('rocky9', ['--evil'])).toThrow('neither a directory nor an address');
  });

  test('of RHEL are those of the site only', () => {
    expect(() => sources('rhels9.4')).toThrow('no public package source for rhels9.4');
  });
});

describe('an image plan', () => {
  const plan = (root: string, tables: TableData, profile = 'compute', os = 'rocky9.4') => planImage(createSystem(), createCluster({ site: [{ key: 'installdir', value: root }], ...tables }), {
    os, arch: 'x86_64', profile, drivers: [], noUpdate: false, onlyInitrd: false,
  });

  test('takes the most special list of the site, else the shipped one', () => {
    const root = temporaryDirectory();
    expect(plan(root, {}).packageList).toMatch(/netboot\/rh\/compute\.pkglist$/);
    expect(plan(root, {}, 'compute', 'fedora41').packages).toContain('busybox');
    expect(plan(root, {}, 'compute', 'ubuntu24.04').packages).toContain('linux-image-virtual');
    for (const name of ['rh/compute.pkglist', 'rh/compute.rocky9.pkglist', 'rocky/compute.pkglist']) {
      makeTree(root, { [`custom/netboot/${name}`]: 'bash\n' });
      expect(plan(root, {}).packageList).toBe(join(root, 'custom/netboot', name));
    }
    expect(() => plan(root, {}, 'none')).toThrow('no package list for profile none');
  });

  test('names kernel packages in the version of -g', () => {
    const named = (os: string) => planImage(createSystem(), createCluster({}), { os, arch: 'x86_64', profile: 'compute', drivers: [], noUpdate: false, onlyInitrd: false, kernelPackage: '6.1.1-1' }).packages;
    expect(named('debian12')).toContain('linux-image-cloud-amd64=6.1.1-1');
    expect(named('rocky9')).toEqual(expect.arrayContaining(['kernel-core-6.1.1-1', 'kernel-modules-6.1.1-1', 'kmod']));
  });

  test('refuses lists and scripts that are not there', () => {
    const tables = (row: object): TableData => ({ osimage: [{ imagename: 'rocky9.4-x86_64-compute', osvers: 'rocky9.4', osarch: 'x86_64', profile: 'compute' }], linuximage: [{ imagename: 'rocky9.4-x86_64-compute', ...row }] });
    expect(() => plan('/none', tables({ exlist: '/none/exlist' }))).toThrow('exlist is /none/exlist, and there is no such file');
    expect(() => plan('/none', tables({ postinstall: '/none/script' }))).toThrow('wanted is the absolute path of a program');
  });
});

describe('an exlist', () => {
  const rules = (text: string, more: Readonly<Record<string, string>> = {}) => readExcludeList('/l/exlist', (path) => ({ '/l/exlist': text, ...more })[path]);

  test('leaves out what it names with all below, keeps what it says to keep, and follows no symlink', () => {
    const root = temporaryDirectory();
    makeTree(root, { 'outside/file': 'x', 'tree/usr/share/man/a': '', 'tree/usr/share/man/keep/b': '', 'tree/usr/share/manual': '', 'tree/usr/lib/x.a': '', 'tree/link': `-> ${root}/outside`, 'tree/usr/share/doc/': '' });
    expect(excludeFrom(files, join(root, 'tree'), rules('./usr/share/man\n+./usr/share/man/keep*\n-./usr/lib/*.a\n./link\n#INCLUDE:more#', { '/l/more': './usr/share/doc' }))).toBe(4);
    expect(Object.keys(snapshotTree(join(root, 'tree')))).toEqual(['/usr/lib', '/usr/share/man/keep/b', '/usr/share/man/keep', '/usr/share/man', '/usr/share/manual', '/usr/share', '/usr', '/']);
    expect(files.exists(join(root, 'outside/file'))).toBe(true);
  });

  test('refuses what is no path in the tree', () => {
    for (const line of ['usr', './a/../../b', '-']) expect(() => rules(line)).toThrow('is no path');
    expect(() => rules('#INCLUDE:/l/exlist#')).toThrow('includes itself');
    expect(() => rules('#INCLUDE:gone#')).toThrow('there is no exclude list /l/gone');
  });
});
