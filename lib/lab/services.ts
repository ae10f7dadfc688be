import { dnsmasqBootLines, httpBase } from '../boot/boot-answers.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { netmask } from '../boot/network.ts';
import type { LabLayout } from './layout.ts';

/** Name of the lab's bridge, inside its own network namespace. */
export const BRIDGE = 'lab0';

/** IPv6 address of the bridge: iPXE waits 16 s for a router before it goes on with IPv4, so the lab advertises one that leads nowhere. */
export const ROUTER = 'fd5a:7e11:7e11:7e11::1/64';

/** The files of a lab that services read or write; all absolute. */
export interface ServicePaths {
  readonly tftp: string;
  readonly dhcpHosts: string;
  readonly names: string;
  readonly leases: string;
  readonly recovery: string;
  readonly ganeshaExports: string;
}

/** dnsmasq's configuration: DHCP for the nodes the tables know and nobody else, TFTP, and names from the hosts table; `ipv6` when this kernel has it. */
export function renderDnsmasqConf(layout: LabLayout, paths: ServicePaths, nodes: number, ipv6: boolean): string {
  return [
    `interface=${BRIDGE}`,
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    `addn-hosts=${paths.names}`,
    `dhcp-range=${layout.network},static,${netmask(layout.prefix)},infinite`,
    `dhcp-hostsfile=${paths.dhcpHosts}`,
    `dhcp-leasefile=${paths.leases}`,
    `dhcp-lease-max=${nodes + 1000}`,
    'dhcp-authoritative',
    ...(ipv6 ? ['enable-ra', `dhcp-range=${ROUTER.replace('1/64', '')},ra-only,64,deprecated`, `ra-param=${BRIDGE},0,0`] : []),
    ...dnsmasqBootLines(httpBase(layout.master, layout.httpPort, layout.tftpdir)),
    NO_PROXY_DHCP,
    'log-dhcp',
    'enable-tftp',
    `tftp-root=${paths.tftp}`,
    '',
  ].join('\n');
}

/** The hosts table in the form of /etc/hosts. */
export function renderNames(cluster: Cluster): string {
  return cluster.rows('hosts').flatMap((row) => {
    const names = [row['node'] ?? '', ...(row['hostnames'] ?? '').split(/[\s,]+/)].filter((name) => /^[\w.-]+$/.test(name));
    return row['ip'] === undefined || !/^[\d.]+$/.test(row['ip']) || names.length === 0 ? [] : [`${row['ip']} ${names.join(' ')}\n`];
  }).join('');
}

/** NFS-Ganesha's configuration; what it exports is in a file of its own, as liteexport writes it. */
export function renderGaneshaConf(paths: ServicePaths): string {
  const block = (name: string, settings: readonly string[]): string => `${name} {\n${settings.map((setting) => `  ${setting}\n`).join('')}}\n`;
  return [
    block('NFS_CORE_PARAM', ['Protocols = 3, 4;', 'Enable_NLM = false;', 'Enable_RQUOTA = false;', 'Enable_UDP = false;', 'mount_path_pseudo = true;']),
    block('NFS_KRB5', ['Active_krb5 = false;']),
    block('NFSv4', ['Graceless = true;', 'RecoveryBackend = fs;', `RecoveryRoot = ${quoted(paths.recovery)};`, 'Only_Numeric_Owners = true;']),
    block('MDCACHE', ['Dir_Chunk = 0;']),
    `%include ${quoted(paths.ganeshaExports)}\n`,
  ].join('\n');
}

// --- internal ---

/** Tells the network card's iPXE not to wait for a second boot server (its option no-pxedhcp). */
const NO_PROXY_DHCP = 'dhcp-option=encap:175,176,1b';

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
