import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verb as addPasswdVerb } from '../../bin/add_passwd.ts';
import { verb as addSshVerb } from '../../bin/add_ssh.ts';
import type { Context } from '../../lib/command.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { lite } from '../helpers/liting.ts';
import type { System } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { makeTree, snapshotTree, temporaryDirectory } from '../helpers/trees.ts';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); }, 60_000);
afterAll(() => server.close());

let root = '';
let system: System;
let notices: string[] = [];

const context = (): Context => {
  notices = [];
  return { system, notice: (line) => { notices.push(line); }, print: () => undefined, terminal: false };
};
const rootimg = (...parts: string[]): string => join(root, 'rootimg', ...parts);
const read = (path: string): string => readFileSync(rootimg(path), 'utf8');
const write = (table: string, row: Row): Promise<void> => withDatabase(system, (database) => database.write((writer) => writer.upsert(table, row)));
const addPasswd = (more: Partial<Parameters<typeof addPasswdVerb.handler>[0]> = {}) =>
  addPasswdVerb.handler({ rootimg: rootimg(), from: join(root, 'mn'), 'dry-run': false, json: false, ...more }, context());
const addSsh = (more: Partial<Parameters<typeof addSshVerb.handler>[0]> = {}) =>
  addSshVerb.handler({ rootimg: rootimg(), from: join(root, 'keys'), 'dry-run': false, json: false, ...more }, context());

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFfwrcdjpEqGSvbXbnPQWBRkKiyhGQABfRr2gyIzzp7q';

beforeEach(async () => {
  root = temporaryDirectory();
  system = await server.newDatabase();
  makeTree(rootimg(), {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n', 'etc/group': 'root:x:0:\n', 'etc/shadow': 'root:*:19000:0:99999:7:::\n', 'root/': '', 'etc/ssh/sshd_config': '',
  });
  chmodSync(rootimg('etc/shadow'), 0o640);
  makeTree(join(root, 'mn'), {
    passwd: 'root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n', group: 'root:x:0:\nalice:x:1000:\n', shadow: 'root:$6$secret$secret:::::::\n',
  });
  makeTree(join(root, 'keys'), { 'id_ed25519.pub': `${KEY} admin@mn\n`, 'id_ed25519': 'PRIVATE', 'authorized_keys': 'ssh-rsa AAAA other\n' });
}, 30_000);

describe('add_passwd', () => {
  test('merges accounts, sets the hashed password of the passwd table, and does nothing the second time', async () => {
    await write('passwd', { key: 'system', username: 'root', password: 'geheim' });
    expect(await addPasswd()).toEqual({ exitCode: 0, output: `Changed ${rootimg()}:\n+ group alice, gid 1000\n+ account alice, uid 1000\n~ password of root` });
    const [, hash = ''] = read('etc/shadow').split(':');
    const [, , salt = ''] = hash.split('$');
    expect(execFileSync('openssl', ['passwd', '-6', '-salt', salt, 'geheim'], { encoding: 'utf8' }).trim()).toBe(hash);
    expect(lstatSync(rootimg('etc/shadow')).mode & 0o7777).toBe(0o640);
    const before = snapshotTree(rootimg());
    expect(await addPasswd()).toEqual({ exitCode: 0, output: `Nothing to do: ${rootimg()} has these accounts.` });
    expect(snapshotTree(rootimg())).toEqual(before);
    expect(JSON.stringify(before)).not.toContain('secret');
  }, 60_000);

  test('takes a hash as it is, and with --dry-run only says what it would do', async () => {
    await write('passwd', { key: 'system', username: 'root', password: '$y$j9T$salt$hash' });
    const before = snapshotTree(rootimg());
    expect((await addPasswd({ 'dry-run': true })).output).toContain('Would change');
    expect(snapshotTree(rootimg())).toEqual(before);
    await addPasswd();
    expect(read('etc/shadow')).toContain('root:$y$j9T$salt$hash:19000:');
  }, 60_000);

  test('without a row of the passwd table says so, and with one that cannot be in a file refuses', async () => {
    await addPasswd();
    expect(notices).toEqual([expect.stringContaining('no password for root')]);
    expect(read('etc/shadow')).toContain('root:*:');
    await write('passwd', { key: 'system', username: 'root', password: '$6$a$b:c' });
    await expect(addPasswd()).rejects.toMatchObject({ code: 'ROW_INVALID' });
  }, 60_000);

  test('ids of people that differ are told and end with exit code 1; the rest is done', async () => {
    writeFileSync(join(root, 'mn/group'), 'root:x:0:\nalice:x:1000:\nbob:x:0:\n');
    writeFileSync(join(root, 'mn/passwd'), 'alice:x:1000:1000::/home/alice:/bin/bash\nroot:x:1001:0::/root:/bin/sh\n');
    expect(await addPasswd()).toMatchObject({ exitCode: 1, output: expect.stringContaining('+ account alice') });
    expect(notices.slice(0, 2)).toEqual(['Notice: group bob is gid 0 here, which is group root in the image: not changed', 'Error: account root is 1001:0 here and 0:0 in the image: not changed']);
  }, 60_000);

  test('after liteimg changes the original behind the links, and never a file outside the image', async () => {
    makeTree(join(root, 'outside'), { shadow: 'root:outside:::::::\n' });
    lite(rootimg(), ['/etc/ '], system.files);
    await addPasswd();
    expect(read('.default/etc/passwd')).toContain('alice:x:1000');
    makeTree(join(root, 'other'), { 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n', 'etc/group': 'root:x:0:\n', 'etc/shadow': `-> ${join(root, 'outside/shadow')}` });
    await write('passwd', { key: 'system', username: 'root', password: '$6$a$b' });
    await addPasswd({ rootimg: join(root, 'other') });
    expect(readFileSync(join(root, 'outside/shadow'), 'utf8')).toBe('root:outside:::::::\n');
  }, 60_000);

  test('refuses what is no root tree, and the root of this machine by any name', async () => {
    await expect(addPasswd({ rootimg: '/' })).rejects.toMatchObject({ code: 'PATH_INVALID' });
    await expect(addPasswd({ rootimg: '/proc/self/root' })).rejects.toMatchObject({ code: 'PATH_INVALID' });
    await expect(addPasswd({ rootimg: root })).rejects.toMatchObject({ code: 'IMAGE_MISSING', hint: expect.stringContaining(rootimg()) });
  }, 60_000);
});

describe('add_ssh', () => {
  test('lets public keys in once, and takes no private one', async () => {
    expect(await addSsh()).toEqual({ exitCode: 0, output: `Changed ${rootimg()}:\n+ ${join(root, 'keys/id_ed25519.pub')} may log in as root` });
    expect(read('root/.ssh/authorized_keys')).toBe(`${KEY} admin@mn\n`);
    expect([lstatSync(rootimg('root/.ssh')).mode & 0o777, lstatSync(rootimg('root/.ssh/authorized_keys')).mode & 0o777]).toEqual([0o700, 0o600]);
    const before = snapshotTree(rootimg());
    expect((await addSsh()).output).toBe(`Nothing to do: root of ${rootimg()} has these keys.`);
    expect(snapshotTree(rootimg())).toEqual(before);
    expect(JSON.stringify(before)).not.toContain('PRIVATE');
  }, 60_000);

  test('keeps the keys that are there, and with --dry-run writes nothing', async () => {
    makeTree(rootimg(), { 'root/.ssh/authorized_keys': 'ssh-rsa AAAA old' });
    await addSsh({ 'dry-run': true });
    expect(read('root/.ssh/authorized_keys')).toBe('ssh-rsa AAAA old');
    await addSsh();
    expect(read('root/.ssh/authorized_keys')).toBe(`ssh-rsa AAAA old\n${KEY} admin@mn\n`);
  }, 60_000);

  test('warns of private keys in the image', async () => {
    makeTree(rootimg(), { 'etc/ssh/ssh_host_rsa_key': 'k', 'etc/ssh/ssh_host_rsa_key.pub': 'p', 'root/.ssh/id_rsa': 'k' });
    expect(JSON.parse((await addSsh({ json: true })).output)).toMatchObject({ privateKeys: ['/etc/ssh/ssh_host_rsa_key', '/root/.ssh/id_rsa'] });
    expect(notices).toHaveLength(2);
  }, 60_000);

  test('without a public key says how to make one', async () => {
    await expect(addSsh({ from: join(root, 'none') })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('ssh-keygen') });
    expect(existsSync(rootimg('root/.ssh'))).toBe(false);
  }, 60_000);
});
