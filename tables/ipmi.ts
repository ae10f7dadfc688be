import { defineTable } from './table.ts';

export const ipmi = defineTable({
  name: 'ipmi',
  help: 'The management controller of nodes with nodehm.mgt=ipmi.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    bmc: 'Name or address of the controller, with :port when it is not 623.',
    bmcport: 'Network port the controller uses, as the hardware names it.',
    taggedvlan: 'VLAN tag of the controller, or `on` for the default one.',
    bmcid: 'Identity of the controller, written by discovery.',
    username: 'Account on the controller. Unset: the passwd row with key ipmi.',
    password: 'Password on the controller. Unset: the passwd row with key ipmi.',
  },
});
