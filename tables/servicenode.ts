import { defineTable } from './table.ts';

export const servicenode = defineTable({
  name: 'servicenode',
  help: 'Services each service node runs.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    nameserver: '1: the service node answers DNS itself. 2: it passes queries on to the management node.',
    dhcpserver: '1 or yes: the service node answers DHCP.',
    tftpserver: '1 or yes: the service node answers TFTP.',
    nfsserver: '1 or yes: the service node exports images by NFS.',
    conserver: '1: the service node keeps consoles with conserver. 2: with goconserver.',
    monserver: '1 or yes: the service node collects monitoring data.',
    ldapserver: '1 or yes: the service node runs LDAP.',
    ntpserver: '1 or yes: the service node serves time.',
    ftpserver: '1 or yes: the service node runs FTP.',
    nimserver: '1 or yes: the service node is a NIM master.',
    ipforward: '1 or yes: the service node forwards packets.',
    dhcpinterfaces: 'Interfaces DHCP is answered on, separated by commas.',
    proxydhcp: '1 or yes: the service node answers proxy DHCP.',
  },
});
