import { defineTable } from './table.ts';

export const localdisk = defineTable({
  name: 'localdisk',
  help: 'Which disk layouts nodes have.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node or group.',
    layout: 'Names of layouts in the disklayout table, separated by commas; `none` for no local disk, whatever the image says.',
  },
});
