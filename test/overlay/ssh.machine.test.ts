import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { ensureAuthority } from '../../lib/service/certificates.ts';
import { lite } from '../helpers/liting.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { plant } from '../helpers/node-tree.ts';

let home: Home;
let cli: Cli;
let work: string;
const show = async (node: string, file: string): Promise<string> => (await cli.run(['liteoverlay', 'show', '-r', node, file], home.env)).stdout;

beforeAll(async () => {
  [home, cli] = [await makeHome(), await buildCli()];
  work = mkdtempSync(join(tmpdir(), 'statelite-ssh-'));
  const rootimg = join(home.path, 'img/rootimg');
  plant(rootimg, { '.statelite/': '', 'etc/init.d/': '', 'etc/ssh/sshd_config': '' });
  lite(rootimg, ['/etc/ssh/']);
  await withDatabase(home.system, (database) => database.write(async (writer) => {
    for (const [node, ip] of [['n01', '10.77.0.1'], ['n02', '10.77.0.2']] as const) {
      await writer.upsert('nodelist', { node, groups: 'compute' });
      await writer.upsert('hosts', { node, ip, ...(node === 'n01' ? { hostnames: 'login' } : {}) });
    }
    await writer.upsert('nodetype', { node: 'compute', provmethod: 'img' });
    await writer.upsert('osimage', { imagename: 'img', provmethod: 'statelite', osvers: 'debian12', osarch: 'x86_64', profile: 'compute', overlays: 'ssh' });
    await writer.upsert('linuximage', { imagename: 'img', rootimgdir: join(home.path, 'img') });
    await writer.upsert('litefile', { image: 'ALL', file: '/etc/ssh/', options: '' });
    await writer.upsert('site', { key: 'domain', value: 'cluster' });
  }));
}, 60_000);

afterAll(async () => {
  cli.remove();
  rmSync(work, { recursive: true, force: true });
  await home.cleanup();
});

test('without a certificate authority the overlay says who makes it', async () => {
  const { exitCode, stderr } = await cli.run(['liteoverlay', 'show', '-r', 'n01'], home.env);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/there is no \S+\/ca\/ca\.key, from which the ssh host keys of nodes are made\n +Hint: statelited and genimage make it/)]);
});

describe('the ssh overlay', () => {
  beforeAll(async () => { await ensureAuthority(home.system); });

  test('is the same every time, another one for each node, and leaves nothing that is private beside the image', async () => {
    const key = await show('n01', '/etc/ssh/ssh_host_ed25519_key');
    expect([key === await show('n01', '/etc/ssh/ssh_host_ed25519_key'), key === await show('n02', '/etc/ssh/ssh_host_ed25519_key'), key.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----\n')]).toEqual([true, false, true]);
    expect((await cli.run(['liteoverlay', 'show', '-r', 'n01', '--json'], home.env)).stdout).toMatch(/"path": "\/etc\/ssh\/ssh_host_ed25519_key",\s+"how": "put",\s+"row": "[^"]+",\s+"mode": "600"/);
  }, 60_000);

  test('gives certificates that ssh-keygen reads, for all names of the node', async () => {
    writeFileSync(join(work, 'cert.pub'), await show('n01', '/etc/ssh/ssh_host_ed25519_key-cert.pub'));
    const told = execFileSync('ssh-keygen', ['-L', '-f', join(work, 'cert.pub')], { encoding: 'utf8' });
    expect(told).toMatch(/Type: ssh-ed25519-cert-v01@openssh\.com host certificate\n[^]*Valid: forever\n\s+Principals: \n\s+n01\n\s+login\n\s+n01\.cluster\n\s+login\.cluster\n\s+10\.77\.0\.1\n/);
  });

  test('lets a client that has the authority\'s line in known_hosts log in without a question, by any name; another node\'s key is refused', async () => {
    for (const node of ['n01', 'n02']) {
      const directory = join(work, node);
      mkdirSync(directory, { recursive: true });
      for (const name of ['ssh_host_ed25519_key', 'ssh_host_ed25519_key-cert.pub']) writeFileSync(join(directory, name), await show(node, `/etc/ssh/${name}`), { mode: 0o600 });
      const config = (await show(node, '/etc/ssh/sshd_config.d/10-statelite.conf')).replaceAll('/etc/ssh', directory);
      writeFileSync(join(directory, 'sshd_config'), `${config}\nPort ${node === 'n01' ? 22 : 23}\nAuthorizedKeysFile ${work}/id.pub\nStrictModes no\nUsePAM no\nPidFile none\n`);
    }
    writeFileSync(join(work, 'known_hosts'), await show('n01', '/etc/ssh/ssh_known_hosts'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(work, 'id')]);
    writeFileSync(join(work, 'go.sh'), `set -eu
      ip link set lo up
      ip address add 10.77.0.1/32 dev lo
      mkdir -p /run/sshd
      for node in n01 n02; do /usr/sbin/sshd -D -e -f ${work}/$node/sshd_config 2>${work}/$node.log & done
      for node in n01 n02; do until grep -q listening ${work}/$node.log; do sleep 0.1; done; done
      try() { ssh -F none -i ${work}/id -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=none -o GlobalKnownHostsFile=${work}/known_hosts -p "$1" -o HostKeyAlias="$2" root@10.77.0.1 'echo in' 2>&1 || echo "exit $?"; }
      for name in n01 login.cluster 10.77.0.1; do try 22 $name; done
      try 23 n01
    `);
    const out = execFileSync('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', `mount -t tmpfs run /run; exec sh ${work}/go.sh`], { encoding: 'utf8', timeout: 60_000 });
    expect(out).toMatch(/^in\nin\nin\n[^]*(name is not a listed principal|Host key verification failed)[^]*exit 255\n$/);
    expect(readdirSync(work)).not.toContain('none');
    expect(readFileSync(join(work, 'known_hosts'), 'utf8')).toMatch(/^@cert-authority \* ssh-ed25519 /m);
  }, 90_000);
});
