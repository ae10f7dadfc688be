import { defineTable } from './table.ts';

export const prescripts = defineTable({
  name: 'prescripts',
  help: 'Scripts run on the management or service node before and after nodeset.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    begin: 'Scripts run before: `[action:]script,script`, several joined by `|`.',
    end: 'Scripts run after: `[action:]script,script`, several joined by `|`.',
  },
});
