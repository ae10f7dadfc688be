import { defineTable } from './table.ts';

export const nodepos = defineTable({
  name: 'nodepos',
  help: 'Where a node stands. The values are free text and handy as litetree variables.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    rack: 'Rack of the node.',
    u: 'Height position in the rack.',
    chassis: 'Chassis of the node.',
    slot: 'Slot in the chassis.',
    room: 'Room of the node.',
    height: 'How many units the node takes.',
  },
});
