import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { serverAddress } from '../cluster/addresses.ts';
import { httpBase } from './boot-answers.ts';
import { isIpv6, networkOf, type Network } from './network.ts';

/** A network that is served, its options by dnsmasq's names; addresses are lists separated by commas. */
export interface DhcpNetwork extends Network {
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

/** Reads networks and site tables; networks of IPv6 are left out. Throws ROW_INVALID when there is no other, or a row is no network. */
export function dhcpSite(cluster: Cluster): DhcpSite {
  const rows = cluster.rows('networks').filter((row) => !isIpv6(row));
  if (rows.length === 0) {
    throw new StateliteError('ROW_INVALID', 'the networks table has no IPv4 network, wanted a row for each network with nodes', { hint: 'chtab net=10.0.0.0 mask=255.255.255.0 networks.gateway=10.0.0.1' });
  }
  const master = cluster.site('master');
  const server = master === undefined ? undefined : serverAddress(cluster, master);
  const tftpdir = cluster.site('tftpdir') ?? '';
  const networks = rows.map((row): DhcpNetwork => {
    const addresses = (column: string): string => (row[column] ?? '').split(',').filter((name) => name !== '')
      .map((name) => serverAddress(cluster, name === '<xcatmaster>' ? (master ?? name) : name)).join(',');
    const network = networkOf(row);
    if (network === undefined) {
      throw new StateliteError('ROW_INVALID', `networks row net=${row['net'] ?? ''}, mask=${row['mask'] ?? ''}: wanted an IPv4 network and mask`, { hint: 'tabdump networks; the like of net=10.0.0.0 mask=255.255.255.0 is one' });
    }
    const options: DhcpNetwork['options'] = [['router', addresses('gateway')], ['dns-server', addresses('nameservers')], ['ntp-server', addresses('ntpservers')],
      ['domain-name', row['domain'] ?? cluster.site('domain') ?? ''], ['mtu', row['mtu'] ?? '']];
    return { ...network, options: options.filter(([, value]) => value !== '') };
  });
  return { networks, tftpdir, server, httpBase: httpBase(server ?? '${next-server}', cluster.site('httpport') ?? '80', tftpdir) };
}
