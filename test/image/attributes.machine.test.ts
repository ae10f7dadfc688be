import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { compare, lite } from '../helpers/liting.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

let rootimg = '';
const at = (path: string): string => join(rootimg, path);
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'latin1', cwd: rootimg });

/** Everything about each name that snapshotTree does not tell: attributes, ACLs, capabilities, inode, number of names, blocks on the disk. */
const attributes = (): readonly string[] => [
  run('getfattr', '-R', '-h', '-d', '-m', '-', '-e', 'hex', '.').split('\n\n').sort().join('\n\n'),
  run('getfacl', '-R', '-P', '-n', '.').split('\n\n').sort().join('\n\n'),
  run('find', '.', '-printf', '%p %i %n %b %s\n').split('\n').filter((line) => !line.startsWith('. ')).sort().join('\n'),
];

beforeEach(() => {
  rootimg = join(temporaryDirectory(tmpdir()), 'rootimg'); // a disk: blocks, ACLs and capabilities as they really are
  makeTree(rootimg, { 'etc/plain': 'p', 'usr/bin/ping': 'elf', 'srv/shared/file': 's', 'srv/shared/deep/other': 'o', 'var/log/lastlog': '', 'opt/one': 'linked', 'etc/empty/': '' });
});

describe('what belongs to a file stays with it, in /.default and after an undo', () => {
  test('extended attributes, ACLs and capabilities of files, directories and what lies in them', () => {
    run('setfattr', '-n', 'user.origin', '-v', 'vendor', 'etc/plain');
    run('setfattr', '-n', 'trusted.statelite', '-v', 'kept', 'srv/shared');
    run('setfacl', '-m', 'u:1234:rw,g:77:r', 'etc/plain');
    run('setfacl', '-m', 'u:1234:rwx,d:g:77:rwx', 'srv/shared');
    run('setcap', 'cap_net_raw+ep', 'usr/bin/ping');
    const before = [attributes(), snapshotTree(rootimg)];
    lite(rootimg, ['/etc/plain', '/srv/shared/', '/usr/bin/ping']);
    expect(run('getcap', '.default/usr/bin/ping')).toContain('cap_net_raw=ep');
    expect(run('getfattr', '--only-values', '-n', 'user.origin', '.default/etc/plain')).toBe('vendor');
    expect(run('getfacl', '-n', '.default/srv/shared')).toContain('default:group:77:rwx');
    lite(rootimg, 'original');
    expect([attributes(), snapshotTree(rootimg)]).toEqual(before);
  });

  test('the hole of a sparse file', () => {
    run('truncate', '-s', '1G', 'var/log/lastlog');
    const before = attributes();
    lite(rootimg, ['/var/log/lastlog', '/etc/empty/']);
    expect(fs.statSync(at('.default/var/log/lastlog'))).toMatchObject({ size: 2 ** 30, blocks: 0 });
    lite(rootimg, 'original');
    expect(attributes()).toEqual(before);
  });

  test('all names of a file with several, whether one of them is linked or all', () => {
    fs.linkSync(at('opt/one'), at('opt/two'));
    fs.linkSync(at('opt/one'), at('srv/shared/three'));
    const before = [attributes(), snapshotTree(rootimg)];
    for (const rows of [['/opt/one'], ['/opt/one', '/opt/two'], ['/opt/', '/srv/shared/three'], ['/opt/one', '/srv/shared/']]) {
      lite(rootimg, rows);
      expect(compare(rootimg, rows).operations).toEqual([]);
      const inodes = ['opt/one', 'opt/two', 'srv/shared/three'].map((path) => fs.statSync(at(path)).ino);
      expect(new Set(inodes).size).toBe(1);
      lite(rootimg, 'original');
      expect([attributes(), snapshotTree(rootimg)]).toEqual(before);
    }
  });

  test('what a socket, a pipe and a device are', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(at('etc/socket'), resolve); });
    run('mkfifo', 'etc/pipe');
    run('mknod', 'etc/disk', 'b', '7', '200');
    const before = [attributes(), snapshotTree(rootimg)];
    lite(rootimg, ['/etc/socket', '/etc/pipe', '/etc/disk']);
    expect([fs.statSync(at('etc/socket')).isSocket(), fs.lstatSync(at('.default/etc/disk')).isBlockDevice()]).toEqual([true, true]);
    lite(rootimg, 'original');
    expect([attributes(), snapshotTree(rootimg)]).toEqual(before);
    await new Promise((resolve) => { server.close(resolve); });
  });
});
