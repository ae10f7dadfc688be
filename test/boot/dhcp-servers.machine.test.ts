import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { renderDhcpHosts } from '../../lib/boot/dhcp.ts';
import { DHCP_FORMS, type DhcpFormName } from '../../lib/boot/dhcp-forms.ts';
import { dhcpSite } from '../../lib/boot/dhcp-site.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import { createSystem } from '../../lib/system/system.ts';

const cluster = createCluster({
  site: [{ key: 'master', value: '10.0.0.254' }],
  nodelist: [{ node: 'n01' }, { node: 'n02' }],
  mac: [{ node: 'n01', mac: '52:54:00:00:00:01' }, { node: 'n02', mac: '52:54:00:00:00:02' }],
  hosts: [{ node: 'n01', ip: '10.0.0.1' }, { node: 'n02', ip: '10.0.0.2' }],
  noderes: [{ node: 'n01', netboot: 'xnba' }, { node: 'n02', netboot: 'grub2' }],
  networks: [{ net: '10.0.0.0', mask: '255.255.255.0' }],
});

/** What is asked, as udhcpc's options: the last part of a MAC, the client architecture in hex, more; and address, host name and boot file that are answered. */
const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
  ['01 0000', '10.0.0.1 n01 xcat/xnba.kpxe'],
  ['01 0007', '10.0.0.1 n01 xcat/xnba.efi'],
  ['01 0010 -V HTTPClient:Arch:00016', '10.0.0.1 n01 http://10.0.0.254/tftpboot/xcat/xnba.efi HTTPClient'],
  ['01 0007 -x 0xaf:010101', '10.0.0.1 n01 http://10.0.0.254/tftpboot/xcat/xnba/nodes/${hostname}'],
  ['02 0009', '10.0.0.2 n02 boot/grub2/grub2.x86_64'],
  ['02 0000', '10.0.0.2 n02'],
  ['77 0007', 'no answer'],
];

const SERVERS: Readonly<Record<DhcpFormName, (directory: string) => string>> = {
  dnsmasq: (directory) => `dnsmasq --keep-in-foreground --port=0 --user=root --tftp-no-fail --conf-file=${directory}/conf --dhcp-leasefile=${directory}/leases --pid-file=`,
  isc: (directory) => `dhcpd -f -cf ${directory}/conf -lf ${directory}/leases -pf ${directory}/pid server`,
  kea: (directory) => `env KEA_LOCKFILE_DIR=${directory} KEA_PIDFILE_DIR=${directory} kea-dhcp4 -c ${directory}/conf`,
};

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dhcp-servers-'));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

test.each(['dnsmasq', 'isc', 'kea'] as const)('%s really answers each loader and firmware with its program', async (name) => {
  const site = dhcpSite(cluster);
  const lines = renderDhcpHosts(cluster, ['n01', 'n02']);
  const form = DHCP_FORMS[name];
  mkdirSync(join(directory, 'dhcp-hosts'));
  mkdirSync(join(directory, 'dhcp'));
  writeFileSync(join(directory, 'dhcp-hosts/nodes'), lines);
  writeFileSync(join(directory, 'leases'), '');
  // Kea keeps its leases where Debian does unless told otherwise; here they stay in memory.
  writeFileSync(join(directory, 'conf'), form.render(site, directory).replace('"type": "memfile"', '"type": "memfile", "persist": false'));
  const hosts = form.hosts?.(lines, site, directory);
  if (hosts !== undefined) writeFileSync(hosts.path, hosts.content);
  writeFileSync(join(directory, 'event'), '#!/bin/sh\n[ "$1" != bound ] || echo $ip $hostname $boot_file $bootfile $vendor\n');
  chmodSync(join(directory, 'event'), 0o755);
  const script = [
    'set -eu',
    'ip link set lo up; ip link add server type veth peer name client; ip link set server up; ip link set client up; ip address add 10.0.0.254/24 dev server',
    `${SERVERS[name](directory)} >${directory}/log 2>&1 &`,
    'server=$!; trap "kill $server; wait $server || :" EXIT',
    'ask() { ip link set client down; ip link set client address 52:54:00:00:00:$1; ip link set client up; arch=$2; shift 2',
    `  udhcpc -f -i client -q -n -t $tries -T 1 -s ${directory}/event -O bootfile -O tftp -O 60 -x 0x5d:$arch "$@" 2>/dev/null || echo no answer; }`,
    // The server is up once it answers.
    'tries=20; ask 01 0000 >/dev/null; tries=3',
    ...QUESTIONS.map(([question]) => `ask ${question}`),
  ].join('\n');
  const { stdout } = await createSystem().run('unshare', ['--net', 'sh', '-c', script]);
  expect(stdout.split('\n')).toEqual(QUESTIONS.map(([, answer]) => answer));
}, 120_000);
