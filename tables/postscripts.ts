import { defineTable } from './table.ts';

export const postscripts = defineTable({
  name: 'postscripts',
  help: 'Scripts run on nodes after set-up.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node or group; xcatdefaults is the row for all nodes.',
    postscripts: 'Scripts run after the first set-up, separated by commas.',
    postbootscripts: 'Scripts run after each boot, separated by commas.',
  },
});
