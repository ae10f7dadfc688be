import { oneOf } from './checks.ts';
import { defineTable } from './table.ts';

export const nodegroup = defineTable({
  name: 'nodegroup',
  help: 'Properties of groups. Who belongs to a static group stands in nodelist.groups.',
  keys: ['groupname'],
  columns: {
    groupname: 'Name of the group.',
    grouptype: { help: 'static: members come from nodelist.groups. dynamic: members are the nodes that wherevals selects.', check: oneOf('static', 'dynamic') },
    members: 'Not used for static groups; kept for tools that read it.',
    membergroups: 'Groups whose members belong to this group as well, separated by commas.',
    wherevals: 'Selection of a dynamic group: `attribute op value`, several joined by `::`; op is one of == != =~ !~.',
  },
});
