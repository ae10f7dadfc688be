import { defineTable } from './table.ts';

export const bootparams = defineTable({
  name: 'bootparams',
  help: 'Kernel, initrd and command line of a node; nodeset writes all but addkcmdline.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    kernel: 'Kernel the node boots.',
    initrd: 'Initrd the node boots.',
    kcmdline: 'Kernel command line nodeset made.',
    addkcmdline: 'Words added to the kernel command line.',
    dhcpstatements: 'DHCP statements nodeset made.',
    adddhcpstatements: 'DHCP statements added by hand.',
  },
});
