import { isPlace } from './checks.ts';
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
    statemnt: { help: '`server:/directory`; variables as in litetree.directory. The node name is added as last part.', doubt: isPlace(false) },
    mntopts: 'Options the directory is mounted with, separated by commas.',
  },
});
