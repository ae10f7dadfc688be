import { isNumber, isPlace } from './checks.ts';
import { defineTable } from './table.ts';

export const litetree = defineTable({
  name: 'litetree',
  help: 'Directories that are searched for the content of litefile paths before the image itself.',
  keys: ['priority'],
  required: ['priority', 'directory'],
  columns: {
    priority: { help: 'Place in the search: a number, smaller first.', check: isNumber },
    image: 'Image the row is about: an osimage name, an image group, or ALL. Empty is ALL.',
    directory: { help: 'Where the tree is: `server:/directory`, or a directory of the image. $node, $table.column and ${…} stand for values of the node.', doubt: isPlace(true) },
    mntopts: 'Options the tree is mounted with, separated by commas.',
  },
});
