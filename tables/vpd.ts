import { defineTable } from './table.ts';

export const vpd = defineTable({
  name: 'vpd',
  help: 'Serial numbers and models of the hardware.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    serial: 'Serial number.',
    mtm: 'Machine type and model.',
    side: 'Which side of a redundant controller.',
    asset: 'Asset number.',
    uuid: 'UUID of the machine.',
  },
});
