import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { lite } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

let rootimg = '';

beforeEach(() => {
  rootimg = join(temporaryDirectory(), 'rootimg');
});

const links = (): Record<string, string> =>
  Object.fromEntries(Object.entries(snapshotTree(rootimg)).flatMap(([path, what]) => (what.includes(' -> ') ? [[path, what.replace(/^.* -> /, '')]] : [])));
const read = (path: string): string => fs.readFileSync(join(rootimg, path), 'utf8');
const mode = (path: string): string => (fs.lstatSync(join(rootimg, path)).mode & 0o7777).toString(8);

describe('the links of liteimg', () => {
  test('a file and a directory lead through two relative links to their defaults', () => {
    makeTree(rootimg, { 'etc/ntp.conf': 'ntp', 'var/log/messages': 'log' });
    lite(rootimg, ['/etc/ntp.conf', '/var/']);
    expect(links()).toEqual({
      '/etc/ntp.conf': '../.statelite/tmpfs/etc/ntp.conf',
      '/.statelite/tmpfs/etc/ntp.conf': '../../../.default/etc/ntp.conf',
      '/var': '.statelite/tmpfs/var',
      '/.statelite/tmpfs/var': '../../.default/var',
    });
    expect([read('etc/ntp.conf'), read('var/log/messages'), read('.default/etc/ntp.conf')]).toEqual(['ntp', 'log', 'ntp']);
  });

  test.each(['', 'ALL', 'tmpfs', 'rw', 'tmpfs,rw', 'persistent', 'link,persistent', 'ro', 'con', 'link,con', 'localdisk'])('%j makes the same links', (option) => {
    makeTree(rootimg, { 'etc/f': 'x' });
    lite(rootimg, [`/etc/f ${option}`]);
    expect(Object.keys(links())).toEqual(['/.statelite/tmpfs/etc/f', '/etc/f']);
  });

  test('rows below a linked directory get no links of their own, only their defaults', () => {
    makeTree(rootimg, { 'var/log/wtmp': 'w' });
    const { manifest } = lite(rootimg, ['/var/', '/var/log/wtmp persistent', '/var/lib/new/ persistent', '/var/lib/new/deep/file persistent']);
    expect(Object.keys(links())).toEqual(['/.statelite/tmpfs/var', '/var']);
    expect(fs.readdirSync(join(rootimg, '.default/var/lib/new/deep'))).toEqual(['file']);
    expect(manifest?.created).toEqual(expect.arrayContaining(['/var/lib', '/var/lib/new', '/var/lib/new/deep', '/var/lib/new/deep/file']));
  });

  test.each(['bind', 'bind,persistent', 'bind,ro', 'overlay', 'overlay,localdisk'])('%s leaves the path in its place', (option) => {
    makeTree(rootimg, { 'srv/data/f': 'x' });
    lite(rootimg, [`/srv/data/ ${option}`, `/srv/new/deep/ ${option}`]);
    expect(links()).toEqual({});
    expect([read('srv/data/f'), fs.readdirSync(join(rootimg, 'srv/new')), fs.readdirSync(join(rootimg, '.default'))]).toEqual(['x', ['deep'], []]);
  });

  test('missing files and directories are made empty, with the directories above them', () => {
    makeTree(rootimg, { 'etc/': '' });
    lite(rootimg, ['/var/tux/', '/etc/lvm/.cache']);
    expect([fs.readdirSync(join(rootimg, '.default/var/tux')), read('.default/etc/lvm/.cache'), mode('.default/var/tux'), mode('.default/etc/lvm/.cache')]).toEqual([[], '', '755', '644']);
  });

  test('inode, mode, owner, time and hard links of a file survive', () => {
    makeTree(rootimg, { 'etc/shadow': 'secret' });
    fs.linkSync(join(rootimg, 'etc/shadow'), join(rootimg, 'etc/shadow-'));
    fs.chownSync(join(rootimg, 'etc/shadow'), 0, 42);
    fs.chmodSync(join(rootimg, 'etc/shadow'), 0o4640);
    const before = fs.statSync(join(rootimg, 'etc/shadow'), { bigint: true });
    lite(rootimg, ['/etc/shadow']);
    const after = fs.lstatSync(join(rootimg, '.default/etc/shadow'), { bigint: true });
    expect([after.ino, after.mode, after.gid, after.mtimeNs, after.nlink]).toEqual([before.ino, before.mode, 42n, before.mtimeNs, 2n]);
  });

  test('directories above a default are as private as in the image, and their times do not change', () => {
    makeTree(rootimg, { 'root/.ssh/config': 'c' });
    fs.chmodSync(join(rootimg, 'root'), 0o700);
    const before = snapshotTree(join(rootimg, 'root'))['/'];
    lite(rootimg, ['/root/.ssh/config', '/root/.bashrc']);
    expect(mode('.default/root')).toBe('700');
    expect([snapshotTree(join(rootimg, 'root'))['/'], snapshotTree(join(rootimg, '.default/root'))['/']]).toEqual([before, before]);
  });

  test('the node script is installed, and only when it differs', () => {
    makeTree(rootimg, { 'etc/f': 'x' });
    lite(rootimg, ['/etc/f']);
    expect([read('etc/init.d/statelite'), mode('etc/init.d/statelite')]).toEqual(['#!/bin/sh\necho statelite\n', '755']);
    fs.writeFileSync(join(rootimg, 'etc/init.d/statelite'), 'old');
    expect(lite(rootimg, ['/etc/f']).operations.map(({ kind }) => kind)).toEqual(['prepare', 'install', 'record']);
    expect(read('etc/init.d/statelite')).toBe('#!/bin/sh\necho statelite\n');
  });

  test('names of any kind are taken as they are', () => {
    const names = ['a b', "it's", '"q"', '$HOME', '[x', 'c++', '-rf', 'ü', 'back\\slash', '*', '…'];
    makeTree(rootimg, Object.fromEntries(names.flatMap((name) => [[`etc/${name}`, name], [`opt/${name}/f`, name]])));
    lite(rootimg, names.flatMap((name) => [`/etc/${name} tmpfs`, `/opt/${name}/ tmpfs`]));
    for (const name of names) expect([read(`.default/etc/${name}`), read(`opt/${name}/f`)]).toEqual([name, name]);
    lite(rootimg, 'original');
    expect(links()).toEqual({});
  });
});
