import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { compare, lite, type Rows } from '../helpers/liting.ts';
import { makeTree, temporaryDirectory } from '../helpers/trees.ts';

const ROWS: Rows = ['/etc/tool.conf', '/usr/lib/tool/data', '/var/lib/tool/', '/usr/share/tool/'];

let work = '';
let rootimg = '';
const read = (path: string): string => fs.readFileSync(join(rootimg, path), 'utf8');
const isLink = (path: string): boolean => fs.lstatSync(join(rootimg, path)).isSymbolicLink();

beforeEach(() => {
  work = temporaryDirectory(tmpdir());
  rootimg = join(work, 'rootimg');
});

/** What both versions of the package hold. */
const content = (version: number) => ({
  'etc/tool.conf': `conf ${version}\n`, 'usr/lib/tool/data': `data ${version}\n`, 'var/lib/tool/state': `state ${version}\n`, [`var/lib/tool/only-${version}`]: '', [`usr/share/tool/v${version}`]: 'v\n',
});

function deb(version: number): string {
  const tree = join(work, `deb-${version}`);
  makeTree(tree, {
    ...content(version), 'DEBIAN/conffiles': '/etc/tool.conf\n',
    'DEBIAN/control': `Package: tool\nVersion: ${version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: a tool\n`,
  });
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', tree, `${tree}.deb`], { stdio: 'pipe' });
  return `${tree}.deb`;
}

function rpm(version: number): string {
  const top = join(work, 'rpm');
  const files = Object.entries(content(version));
  makeTree(top, { 'tool.spec': [
    'Name: tool', `Version: ${version}`, 'Release: 1', 'Summary: a tool', 'License: none', 'BuildArch: noarch', '%description', 'A tool.', '%install',
    ...files.flatMap(([path, text]) => [`mkdir -p $(dirname %{buildroot}/${path})`, `printf '${text.replace('\n', '\\n')}' > %{buildroot}/${path}`]),
    '%files', '%config /etc/tool.conf', ...files.filter(([path]) => !path.startsWith('etc')).map(([path]) => `/${path}`), '',
  ].join('\n') });
  execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${top}`, join(top, 'tool.spec')], { stdio: 'pipe' });
  return join(top, 'RPMS/noarch', `tool-${version}-1.noarch.rpm`);
}

const installers = {
  dpkg: (version: number) => execFileSync('dpkg', [`--root=${rootimg}`, '--log=/dev/null', '--force-confnew', '--install', deb(version)], { stdio: 'pipe' }),
  rpm: (version: number) => execFileSync('rpm', ['--root', rootimg, '-U', rpm(version)], { stdio: 'pipe' }),
};

describe.each(Object.entries(installers))('a package that %s updates in a lited image', (_name, install) => {
  beforeEach(() => {
    makeTree(rootimg, { 'var/lib/dpkg/status': '', 'var/lib/dpkg/info/': '', 'var/lib/dpkg/updates/': '', 'var/lib/rpm/': '', 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
    install(1);
    lite(rootimg, ROWS);
  });

  test('is taken as the new default; the old one of a replaced link is kept and told, and the next run has nothing to do', () => {
    install(2);
    expect(isLink('usr/lib/tool/data')).toBe(false); // package tools replace the link of a file
    const { notices } = lite(rootimg, ROWS);
    expect(notices.map(({ text }) => text)).toContain('/usr/lib/tool/data was replaced in the image since the last liteimg: what it is now counts, the old default is /.default/usr/lib/tool/data.statelite-old');
    expect([read('usr/lib/tool/data'), read('.default/usr/lib/tool/data.statelite-old')]).toEqual(['data 2\n', 'data 1\n']);
    expect([read('var/lib/tool/state'), read('usr/share/tool/v2')]).toEqual(['state 2\n', 'v\n']);
    expect(['etc/tool.conf', 'usr/lib/tool/data', 'var/lib/tool', 'usr/share/tool'].map(isLink)).toEqual([true, true, true, true]);
    expect(fs.existsSync(join(rootimg, 'var/lib/tool/only-1'))).toBe(false);
    expect(compare(rootimg, ROWS).operations).toEqual([]);
  });

  test('stays updated when its rows go, and when liteimg is undone', () => {
    install(2);
    lite(rootimg, ['/etc/tool.conf']);
    lite(rootimg, 'original');
    expect([read('usr/lib/tool/data'), read('var/lib/tool/state')]).toEqual(['data 2\n', 'state 2\n']);
    expect(['etc/tool.conf', 'usr/lib/tool/data', 'var/lib/tool'].map(isLink)).toEqual([false, false, false]);
    expect(read('.default/usr/lib/tool/data.statelite-old')).toBe('data 1\n');
  });
});

describe('a configuration file', () => {
  beforeEach(() => makeTree(rootimg, { 'var/lib/dpkg/status': '', 'var/lib/dpkg/info/': '', 'var/lib/dpkg/updates/': '', 'var/lib/rpm/': '' }));

  test('rpm: is the new one', () => {
    installers.rpm(1);
    lite(rootimg, ROWS);
    installers.rpm(2);
    lite(rootimg, ROWS);
    expect(read('etc/tool.conf')).toBe('conf 2\n');
  });

  test('dpkg: updates none that is a symlink and leaves the new one beside it; liteimg says so until somebody decides', () => {
    installers.dpkg(1);
    lite(rootimg, ROWS);
    installers.dpkg(2);
    const told = () => lite(rootimg, ROWS).notices.filter(({ path }) => path === '/etc/tool.conf').map(({ text }) => text);
    expect([read('etc/tool.conf'), read('etc/tool.conf.dpkg-new')]).toEqual(['conf 1\n', 'conf 2\n']);
    const [text = ''] = told();
    expect(text).toContain('/etc/tool.conf has a newer version that dpkg left at /etc/tool.conf.dpkg-new');
    execFileSync('sh', ['-c', /(mv \S+ \S+)/.exec(text)?.[1] ?? 'false']);
    expect([read('etc/tool.conf'), told()]).toEqual(['conf 2\n', []]);
  });
});
