import { defineTable } from './table.ts';

export const statelite = defineTable({
  name: 'statelite',
  help: 'Where the persistent files of nodes live.',
  keys: ['node'],
  required: ['node', 'statemnt'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node or group.',
    image: 'Not used.',
    statemnt: '`server:/directory`; variables as in litetree.directory. The node name is added as last part.',
    mntopts: 'Options the directory is mounted with, separated by commas.',
  },
});
