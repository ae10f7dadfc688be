import { defineTable } from './table.ts';

export const networks = defineTable({
  name: 'networks',
  help: 'The networks of the cluster and who serves them.',
  keys: ['net', 'mask'],
  columns: {
    netname: 'Name of the network.',
    net: 'Network address, for example 172.16.0.0.',
    mask: 'Network mask, for example 255.255.0.0 or /64.',
    mgtifname: 'Interface of the management node in this network; `!remote!` in front when a relay leads there.',
    gateway: 'Router of the network, or <xcatmaster>.',
    dhcpserver: 'Server that answers DHCP here. Unset: the management or service nodes.',
    tftpserver: 'Server that answers TFTP here. Unset: the DHCP server.',
    nameservers: 'DNS servers of this network, separated by commas, or <xcatmaster>.',
    ntpservers: 'Time servers of this network, separated by commas.',
    logservers: 'Log servers of this network, separated by commas.',
    dynamicrange: 'Addresses for unknown machines: `first-last`, several separated by commas.',
    staticrange: 'Addresses for known nodes: `first-last`.',
    staticrangeincrement: 'Distance between two addresses taken from staticrange.',
    nodehostname: 'Rule that makes the host name in this network from the node name: /pattern/replacement/.',
    ddnsdomain: 'Domain for dynamic DNS updates from this network.',
    vlanid: 'VLAN of the network.',
    domain: 'DNS domain of the network. Unset: site.domain.',
    mtu: 'Largest packet of the network, in bytes.',
  },
});
