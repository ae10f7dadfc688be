import { isNumber } from './checks.ts';
import { defineTable } from './table.ts';

export const policy = defineTable({
  name: 'policy',
  help: 'Who may do what. Rows are tried in order of priority; the first that fits decides, and when none fits the answer is no.',
  keys: ['priority'],
  columns: {
    priority: { help: 'Place of the row: a number, smaller first.', check: isNumber },
    name: 'User the row is about. Unset: everybody, nodes included. `*`: any user with a certificate.',
    host: 'Host the request comes from. Unset: any.',
    commands: 'Commands the row is about, separated by commas. Unset: all.',
    noderange: 'Nodes the request is about. Unset: all.',
    parameters: 'Pattern the arguments must match. Unset: any.',
    time: 'Not used.',
    rule: 'allow or trusted: yes. Anything else: no.',
  },
});
