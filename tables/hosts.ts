import { isIpAddress } from './checks.ts';
import { defineTable } from './table.ts';

export const hosts = defineTable({
  name: 'hosts',
  help: 'IP addresses and host names of nodes.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    ip: { help: 'Address of the boot interface.', doubt: isIpAddress },
    hostnames: 'Further names of that address, separated by blanks or commas.',
    otherinterfaces: 'Further interfaces: `-suffix:ip` or `name:ip`, separated by commas.',
  },
});
