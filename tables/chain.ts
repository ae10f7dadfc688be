import { defineTable } from './table.ts';

export const chain = defineTable({
  name: 'chain',
  help: 'What a node does at its next boots.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    currstate: 'What nodeset last told the node to do.',
    currchain: 'Steps still to come.',
    chain: 'Steps of a newly found node, separated by commas.',
    ondiscover: 'Not used.',
  },
});
