import { isMacList } from './checks.ts';
import { defineTable } from './table.ts';

export const mac = defineTable({
  name: 'mac',
  help: 'The network addresses a node boots with.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    interface: 'Interface the address belongs to. Not used.',
    mac: { help: 'MAC address, `aa:bb:cc:dd:ee:ff`. Several interfaces: `mac1!name1|mac2!name2`; *NOIP* as name gives no address.', doubt: isMacList },
  },
});
