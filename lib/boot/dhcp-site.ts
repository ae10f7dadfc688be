import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { isAddress, serverAddress } from '../cluster/addresses.ts';
import { httpBase } from './boot-answers.ts';

/** A network that is served, its options by dnsmasq's names; addresses are lists separated by commas. */
export interface DhcpNetwork {
  readonly net: string;
  readonly mask: string;
  readonly options: readonly (readonly [name: 'router' | 'dns-server' | 'ntp-server' | 'domain-name' | 'mtu', value: string])[];
}

/** What every form of DHCP configuration is made from. */
export interface DhcpSite {
  readonly networks: readonly DhcpNetwork[];
  readonly tftpdir: string;
  /** TFTP server; undefined when site.master is not set: the DHCP server itself. */
  readonly server: string | undefined;
  /** URL of tftpdir. */
  readonly httpBase: string;
}

/** Reads networks and site tables. Throws ROW_INVALID when the networks table is empty or a row is no IPv4 network. */
export function dhcpSite(cluster: Cluster): DhcpSite {
  const rows = cluster.rows('networks');
  if (rows.length === 0) {
    throw new StateliteError('ROW_INVALID', 'the networks table is empty, wanted a row for each network with nodes', { hint: 'chtab net=10.0.0.0 mask=255.255.255.0 networks.gateway=10.0.0.1' });
  }
  const master = cluster.site('master');
  const server = master === undefined ? undefined : serverAddress(cluster, master);
  const tftpdir = cluster.site('tftpdir') ?? '';
  const networks = rows.map((row): DhcpNetwork => {
    const addresses = (column: string): string => (row[column] ?? '').split(',').filter((name) => name !== '')
      .map((name) => serverAddress(cluster, name === '<xcatmaster>' ? (master ?? name) : name)).join(',');
    const { net = '', mask = '' } = row;
    if (!isAddress(net) || !isAddress(mask)) throw new StateliteError('ROW_INVALID', `networks row net=${net}, mask=${mask}: wanted an IPv4 network and mask`, { hint: 'tabdump networks' });
    const options: DhcpNetwork['options'] = [['router', addresses('gateway')], ['dns-server', addresses('nameservers')], ['ntp-server', addresses('ntpservers')],
      ['domain-name', row['domain'] ?? cluster.site('domain') ?? ''], ['mtu', row['mtu'] ?? '']];
    return { net, mask, options: options.filter(([, value]) => value !== '') };
  });
  return { networks, tftpdir, server, httpBase: httpBase(server ?? '${next-server}', cluster.site('httpport') ?? '80', tftpdir) };
}
