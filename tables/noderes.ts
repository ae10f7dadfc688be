import { oneOf } from './checks.ts';
import { defineTable } from './table.ts';

export const noderes = defineTable({
  name: 'noderes',
  help: 'Servers and network interfaces a node uses to boot.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    servicenode: 'Service nodes of the node as the management node names them, separated by commas: asked for the plan in this order when xcatmaster is unset.',
    netboot: { help: 'Boot loader the node is given: pxe, xnba, grub2 (or grub2-tftp), or grub2-http (kernel and initrd by HTTP).', doubt: oneOf('pxe', 'xnba', 'grub2', 'grub2-tftp', 'grub2-http') },
    tftpserver: 'Host the boot loader, kernel and initrd are fetched from. Unset: xcatmaster.',
    tftpdir: 'Directory the TFTP server gives out. Unset: site.tftpdir.',
    nfsserver: 'Host that exports the root image. Unset: xcatmaster.',
    monserver: 'Host that collects monitoring data of the node.',
    nfsdir: 'Directory on nfsserver that is laid out like installdir. Unset: site.installdir.',
    installnic: 'Interface the node boots from: its name, its MAC address, or `mac` for the one in the mac table.',
    primarynic: 'Interface the node talks to the management node with. Unset: installnic.',
    discoverynics: 'Interfaces used for node discovery, separated by commas.',
    cmdinterface: 'Not used.',
    xcatmaster: 'Name or address of the management or service node as this node sees it, several separated by commas. Unset: servicenode, else site.master.',
    current_osimage: 'Image the node runs. Not used.',
    next_osimage: 'Image of the next boot. Not used.',
    nimserver: 'AIX only: NIM master of the node.',
    routenames: 'Routes of the node, by name, separated by commas.',
    nameservers: 'DNS servers of the node, separated by commas. Unset: those of its network, then site.nameservers.',
    proxydhcp: '1, yes or unset: proxy DHCP is answered for this node. 0 or no: it is not.',
    syslog: 'ignore: the node keeps its own log settings. Unset: logs go to the management node.',
  },
});
