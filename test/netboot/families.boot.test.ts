import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inside, labPaths, requireLab } from '../../lib/lab/instance.ts';
import { BRIDGE } from '../../lib/lab/services.ts';
import { hasOurModule } from '../../netboot/initrd.ts';
import { consoleOf, openBootSite, type BootSite } from '../helpers/boot-site.ts';
import { makeRpmDistribution } from '../helpers/rpm-distribution.ts';

/** Two images that no other boot test has, and on them every NFS version, UEFI, a bond, the root in a VLAN, wrong networks and a static address: six nodes, booted at once. */
const MINUTES = 60_000;
const MASTER = '10.33.0.1';
const DEBIAN = 'debian13-x86_64-compute';
const ROCKY = 'rocky9-x86_64-compute';

interface Node {
  readonly image: string;
  /** Of the root's line in /proc/mounts. */
  readonly version: string;
  /** Further kernel arguments. */
  readonly arguments?: string;
  /** noderes.netboot; pxe when unset. */
  readonly loader?: string;
  /** Of `litelab boot`. */
  readonly options?: string;
  readonly overlays?: string;
}
const NODES: Readonly<Record<string, Node>> = {
  d42: { image: DEBIAN, version: '4.1', loader: 'xnba', options: '--firmware uefi --nic stray --nic dead --nic lab', overlays: 'networkd' },
  d41: { image: DEBIAN, version: '4.1', arguments: 'NFSROOTOPTS=vers=4.1 vlan=vlan5:eth0 ip=vlan5:dhcp', options: '--nic vlan5', overlays: 'networkd' },
  d40: { image: DEBIAN, version: '4.0', arguments: 'NFSROOTOPTS=vers=4.0 vlan=eth0.5:eth0 ip=10.34.5.2:::255.255.255.0::eth0.5:none ip=eth0:dhcp bootdev=eth0' },
  d3: { image: DEBIAN, version: '3', arguments: 'NFSROOTOPTS=vers=3 ip=$ip::10.33.0.1:255.255.255.0:d3::none nameserver=10.33.0.1' },
  r42: { image: ROCKY, version: '4.2', arguments: 'rd.bootif=0', loader: 'grub2', options: '--firmware uefi --nic stray --nic lab' },
  r3: { image: ROCKY, version: '3', arguments: 'NFSROOTOPTS=vers=3 bond=bond0:eth0:mode=active-backup,miimon=100 ip=bond0:dhcp' },
};
const address = (node: string): string => `10.33.0.${11 + Object.keys(NODES).indexOf(node)}`;

let site: BootSite;
const on = async (node: string, script: string): Promise<string> => (await site.must('litelab', 'run', node, script)).stdout.trim();

beforeAll(async () => {
  site = await openBootSite('families');
  mkdirSync(join(site.home, 'state'), { recursive: true });
  execFileSync('chmod', ['711', site.home]);
  for (const [key, value] of [['installdir', `${site.home}/install`], ['tftpdir', `${site.home}/tftpboot`], ['master', MASTER]]) await site.must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  await site.must('tabrestore', '-a', 'tables/samples/litefile.csv');
  await site.must('tabrestore', '-a', 'tables/samples/debian/litefile.csv');
  await site.must('chtab', 'image=ALL', 'file=/var/lib/database/', 'litefile.options=persistent');
  await site.must('chtab', 'node=compute', `statelite.statemnt=${MASTER}:${site.home}/state`);
  for (const [node, { arguments: words = '', loader = 'pxe', overlays = '' }] of Object.entries(NODES)) {
    await site.must('mkdef', '-f', '-t', 'node', node, 'groups=compute,all', `ip=${address(node)}`, `mac=52:54:00:33:00:${address(node).split('.').at(-1) ?? ''}`, `netboot=${loader}`, 'mgt=lab', 'serialport=0', 'serialspeed=115200');
    await site.must('chtab', `node=${node}`, `bootparams.addkcmdline=${words.replaceAll('$ip', address(node))}`, `overlays.overlays=${overlays}`);
  }
}, 2 * MINUTES);

afterAll(async () => {
  await site.close();
}, 2 * MINUTES);

/** Makes an image once; later runs make its initrd anew when the dracut module has changed. */
async function makeImage(os: string): Promise<void> {
  const directory = join(site.home, 'install/netboot', os, 'x86_64/compute');
  const isMade = existsSync(join(directory, 'initrd-statelite.gz'));
  if (!isMade) await site.must('genimage', '-o', os, '-a', 'x86_64', '-p', 'compute', '-i', 'eth0', '-n', 'virtio_net,virtio_pci', '-m', 'statelite');
  else if (!hasOurModule(site.system, join(directory, 'rootimg'))) await site.must('geninitrd', `${os}-x86_64-compute`);
  await site.must('liteimg', `${os}-x86_64-compute`);
}

test('genimage makes an image of Debian 13', () => makeImage('debian13'), 6 * MINUTES);

test('add_passwd and add_ssh put accounts and public keys into it, and no secret of this machine; litecheck finds none', async () => {
  const root = join(site.home, 'install/netboot/debian13/x86_64/compute/rootimg');
  const keys = join(site.home, 'keys');
  mkdirSync(keys, { recursive: true });
  if (!existsSync(join(keys, 'id_ed25519'))) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'id_ed25519')]);
  writeFileSync(join(keys, 'passwd'), 'root:x:0:0:root:/root:/bin/bash\nalice:x:2001:2001::/home/alice:/bin/sh\n');
  writeFileSync(join(keys, 'group'), 'root:x:0:\nalice:x:2001:\n');
  writeFileSync(join(keys, 'shadow'), 'alice:$6$salt$never-in-the-image:19000:0:99999:7:::\n');
  await site.must('chtab', 'key=system', 'username=root', 'passwd.password=cluster');
  await site.must('add_passwd', '--from', keys, root);
  await site.must('add_ssh', '--from', keys, root);
  const shadow = execFileSync('sh', ['-c', 'cat "$1/etc/shadow" "$1/.default/etc/shadow" 2>/dev/null || cat "$1/etc/shadow"', 'sh', root], { encoding: 'utf8' });
  expect([shadow.includes('never-in-the-image'), /^root:\$[56y]/m.test(shadow)]).toEqual([false, true]);
  expect(execFileSync('sh', ['-c', 'find "$1" -xdev -name "ssh_host_*_key" -o -xdev -name id_ed25519', 'sh', root], { encoding: 'utf8' })).toBe('');
  await site.must('liteimg', DEBIAN);
  expect((await site.statelite('litecheck', DEBIAN)).stdout).not.toMatch(/private key|shadow/);
}, 2 * MINUTES);

test('genimage makes an image of the Red Hat family from a repository of RPMs, with the shipped package list', async () => {
  const repository = makeRpmDistribution(join(site.home, 'distribution'));
  await site.must('mkdef', '-f', '-t', 'osimage', ROCKY, 'osvers=rocky9', 'osarch=x86_64', 'profile=compute', 'provmethod=statelite', `pkgdir=${repository}`);
  await makeImage('rocky9');
  const root = join(site.home, 'install/netboot/rocky9/x86_64/compute/rootimg');
  expect(execFileSync('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', '-q', '--queryformat', '%{NAME} ', 'kernel-core', 'dracut', 'systemd', 'nfs-utils', 'dhcp-client'], { encoding: 'utf8' }))
    .toBe('kernel-core dracut systemd nfs-utils dhcp-client ');
}, 8 * MINUTES);

describe('nodes with these images', () => {
  beforeAll(async () => {
    for (const [node, { image }] of Object.entries(NODES)) await site.must('nodeset', node, `osimage=${image}`);
    await site.must('litelab', 'up');
    await Promise.all(Object.entries(NODES).map(([node, { options }]) => site.must('litelab', 'boot', node, '--memory', '768', '--timeout', '900', ...(options?.split(' ') ?? []))));
  }, 20 * MINUTES);

  test.each(Object.entries(NODES))('%s: %j is up, with all rows in place and no failed service', async (node, { version }) => {
    expect(await on(node, 'grep " / " /proc/mounts')).toMatch(new RegExp(` nfs4? ro,.*vers=${version.replace('.', '\\.')},`));
    expect(await on(node, 'grep "rows in place after" /.statelite/statelite.log | tail -n 1; systemctl --failed --no-legend; touch /usr/bin/probe 2>&1 || true')).toMatch(/^(\d+) of \1 rows in place after \d+ ms\n.*Read-only file system$/);
  }, MINUTES);

  test('the server gives out what liteexport writes: d3 can write to its store but not to the image, whatever it mounts how, and nothing is given to another network', async () => {
    const lab = requireLab(site.system);
    expect(readFileSync(labPaths(lab.directory).ganeshaExports, 'utf8')).toBe((await site.must('liteexport', '--ganesha')).stdout);
    const mounted = (what: string, options: string, script: string): Promise<string> =>
      on('d3', `mkdir -p /run/m; exec 2>&1; timeout 60 mount -t nfs -o rw,nolock,nosharecache,${options} ${what} /run/m && { grep -o ' /run/m nfs4* rw' /proc/mounts; cd /run/m; ${script}; cd /; umount /run/m; }; true`);
    const [image, store] = [`${site.home}/install/netboot/debian13/x86_64/compute/rootimg`, `${site.home}/state`];
    for (const version of ['3', '4.1']) {
      expect(await mounted(`${MASTER}:${image}`, `vers=${version}`, 'touch etc/probe; mkdir probe; id -u')).toMatch(/ rw\n.*etc\/probe.*Read-only file system\n.*probe.*Read-only file system\n0$/);
      expect(await mounted(`${MASTER}:${store}`, `vers=${version}`, 'echo kept >d3/probe; cat d3/probe; rm d3/probe')).toMatch(/ rw\nkept$/);
    }
    const [program, ...words] = inside(lab, 'ip', 'address', 'add', '10.99.0.1/24', 'dev', BRIDGE);
    execFileSync(program, words);
    await on('d3', `ip address add 10.99.0.2/24 dev $(ip -o route get ${MASTER} | sed 's/.* dev \\([^ ]*\\).*/\\1/')`);
    for (const version of ['3', '4.1']) {
      for (const what of [image, store]) expect(await mounted(`10.99.0.1:${what}`, `vers=${version}`, 'ls')).toMatch(/^mount\.nfs: .*(access denied|No such file or directory)/m);
    }
  }, 3 * MINUTES);

  test('d41 lets in whoever has the key, under its own host key, and knows the accounts', () => {
    const [program, ...words] = inside(requireLab(site.system), 'ssh', '-i', join(site.home, 'keys/id_ed25519'), '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes',
      `root@${address('d41')}`, 'id alice; cat /etc/ssh/ssh_host_ed25519_key.pub; grep ^root: /etc/shadow | cut -d: -f2');
    const [account = '', hostKey = '', hash = ''] = execFileSync(program, words, { encoding: 'utf8', timeout: 60_000 }).split('\n');
    expect([account, hostKey.split(' ')[0], hash.startsWith('$')]).toEqual(['uid=2001(alice) gid=2001(alice) groups=2001(alice)', 'ssh-ed25519', true]);
    expect(hostKey).not.toContain(readFileSync(join(site.home, 'keys/id_ed25519.pub'), 'utf8').split(' ')[1]);
  });

  test('d42 reads its root by NFS 4.1 when it cannot by 4.2, and says so', () => {
    expect(consoleOf(requireLab(site.system), 'd42')).toMatch(/WARNING: files of \S+ can be seen but not read, so NFS 4\.1 is used/);
  });

  test.each([['d42', 'xnba'], ['r42', 'grub2']])('%s was started by UEFI', async (node) => {
    expect(await on(node, 'ls -d /sys/firmware/efi')).toBe('/sys/firmware/efi');
  }, MINUTES);

  test.each(Object.keys(NODES).filter((node) => NODES[node]?.overlays !== undefined))('%s: systemd-networkd has the interface of the root by the overlay\'s file, and leaves its address', async (node) => {
    const root = `$(cut -d ' ' -f 1 /run/statelite/lease)`;
    expect(await on(node, `networkctl reload; networkctl reconfigure ${root}; systemctl restart systemd-networkd; /lib/systemd/systemd-networkd-wait-online --interface=${root} --timeout=100; networkctl status ${root}; ip -4 -br address show ${root}`))
      .toMatch(new RegExp(`Network File: /run/systemd/network/10-root\\.network\n +State: routable \\(configured\\)[^]*\\s${address(node).replaceAll('.', '\\.')}/24 *$`));
  }, 3 * MINUTES);

  test('r42 is of the Red Hat family: /bin/sh is bash, its packages are RPMs, its address came by dhclient', async () => {
    expect(await on('r42', '. /etc/os-release; echo $ID; readlink /bin/sh; test -e /var/lib/rpm/rpmdb.sqlite && echo rpm')).toBe('rocky\nbash\nrpm');
    expect(consoleOf(requireLab(site.system), 'r42')).toContain('r42 login:');
  }, MINUTES);

  test.each([
    ['d41', 'with its root in VLAN 5: its card has no other address', 'ip -4 -br address; ip route get 10.33.0.1; cat /proc/net/vlan/vlan5', /^lo[^\n]*\nvlan5@\S+ +UP +10\.33\.0\.12\/24 \n10\.33\.0\.1 dev vlan5 [^]*VID: 5[^]*total bytes received +\d{8}/],
    ['d42', 'over the card it was booted from, though the first has a DHCP server too', 'ip -4 -br address', /^lo[^\n]*\n\S+ +UP +10\.33\.0\.11\/24$/],
    ['r42', 'over its second card, since the root cannot be mounted from the network of the first', 'head -n 1 /.statelite/statelite.log; ip -4 -br address', /eth0 has an address, but the root cannot be mounted from there: [^]*\nlo[^\n]*\n\S+ +UP +10\.33\.0\.15\/24$/],
    ['d40', 'with VLAN 5 beside its own network', 'ip -br address; cat /proc/net/vlan/eth0.5', / 10\.33\.0\.13\/24[^]*eth0\.5@\S+ .*10\.34\.5\.2\/24[^]*VID: 5/],
    ['r3', 'over a bond', 'ip -br address show bond0; cat /proc/net/bonding/bond0', /10\.33\.0\.16\/24[^]*active-backup[^]*Slave Interface: eth0/],
    ['d3', 'with the address of ip=', 'ip -br address', /10\.33\.0\.14\/24/],
  ])('%s came up %s', async (node, _how, script, wanted) => {
    expect(await on(node, script)).toMatch(wanted);
  }, MINUTES);
});
