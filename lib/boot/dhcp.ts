import type { Row } from '../../tables/table.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { nodeAddress, nodeMac, serverAddress } from './addresses.ts';

/**
 * The host lines for dnsmasq's `dhcp-hostsdir`, one `mac,ip,name,infinite` a node in the order given; nodes without a MAC or an address are
 * left out. Ends in a newline unless empty.
 */
export function renderDhcpHosts(cluster: Cluster, nodes: readonly string[]): string {
  return nodes.flatMap((node) => {
    const mac = nodeMac(cluster, node);
    const address = nodeAddress(cluster, node);
    return mac === undefined || address === undefined ? [] : [`${mac},${address},${node},infinite\n`];
  }).join('');
}

/** A host file with the lines of `nodes` taken out and `added` put in, sorted by node; other nodes' lines stay as they are. */
export function mergeDhcpHosts(present: string, nodes: readonly string[], added: string): string {
  const replaced = new Set(nodes);
  const lines = [...linesOf(present).filter((line) => !replaced.has(nodeOf(line))), ...linesOf(added)];
  return lines.sort((a, b) => (nodeOf(a) < nodeOf(b) ? -1 : 1)).map((line) => `${line}\n`).join('');
}

/** True when a line of `present` is gone or changed in `wanted`: dnsmasq adds new lines by itself, but forgets old ones only on SIGHUP. */
export function forgetsDhcpHosts(present: string, wanted: string): boolean {
  const kept = new Set(linesOf(wanted));
  return linesOf(present).some((line) => !kept.has(line));
}

/**
 * dnsmasq's configuration for network boot: the networks it answers in, where the host lines lie, TFTP, and the program each kind of firmware
 * loads. Throws ROW_INVALID when the networks table is empty.
 */
export function renderDhcpConfiguration(cluster: Cluster, hostsDirectory: string): string {
  const networks = cluster.rows('networks');
  if (networks.length === 0) {
    throw new StateliteError('ROW_INVALID', 'the networks table is empty, wanted a row for each network with nodes', { hint: 'chtab net=10.0.0.0 mask=255.255.255.0 networks.gateway=10.0.0.1' });
  }
  const master = cluster.site('master');
  const server = master === undefined ? '' : `,,${serverAddress(cluster, master)}`;
  return [
    '# Made by makedhcp -n from the networks and site tables; changes are overwritten.',
    `dhcp-hostsdir=${hostsDirectory}`,
    'enable-tftp',
    `tftp-root=${cluster.site('tftpdir') ?? ''}`,
    ...networks.flatMap((network, index) => networkLines(cluster, network, `net${index + 1}`)),
    ...FIRMWARE.flatMap(({ tag, types, program }) => [...types.map((type) => `dhcp-match=set:${tag},option:client-arch,${type}`), `dhcp-boot=tag:${tag},${program}${server}`]),
  ].map((line) => `${line}\n`).join('');
}

// --- internal ---

/** Client architecture numbers of RFC 4578 with the program the firmware gets. */
const FIRMWARE = [
  { tag: 'bios', types: [0], program: 'pxelinux.0' },
  { tag: 'efi64', types: [7, 9], program: 'boot/grub2/grub2.x86_64' },
  { tag: 'arm64', types: [11], program: 'boot/grub2/grub2.aarch64' },
] as const;

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const nodeOf = (line: string): string => line.split(',')[2] ?? '';

function networkLines(cluster: Cluster, network: Row, tag: string): readonly string[] {
  const addresses = (column: string): string => (network[column] ?? '').split(',').filter((name) => name !== '')
    .map((name) => serverAddress(cluster, name === '<xcatmaster>' ? (cluster.site('master') ?? name) : name)).join(',');
  const options = [['router', addresses('gateway')], ['dns-server', addresses('nameservers')], ['ntp-server', addresses('ntpservers')],
    ['domain-name', network['domain'] ?? cluster.site('domain') ?? ''], ['mtu', network['mtu'] ?? '']];
  return [
    `dhcp-range=set:${tag},${network['net'] ?? ''},static,${network['mask'] ?? ''}`,
    ...options.filter(([, value]) => value !== '').map(([name, value]) => `dhcp-option=tag:${tag},option:${String(name)},${String(value)}`),
  ];
}
