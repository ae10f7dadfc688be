import { OPTION_HELP, parseOption } from '../lib/policy/option.ts';
import { parseLitePath } from '../lib/policy/path.ts';
import { readBy } from './checks.ts';
import { defineTable } from './table.ts';

export const litefile = defineTable({
  name: 'litefile',
  help: 'Paths of an image that a node may write, keep over a reboot, or get from somewhere else.',
  keys: ['image', 'file'],
  required: ['file'],
  columns: {
    image: 'Image the row is about: an osimage name, an image group, or ALL. Empty is ALL.',
    file: { help: 'Absolute path in the image. A directory ends in /.', check: readBy(parseLitePath) },
    options: { help: `What the node sees there: ${OPTION_HELP}.`, check: readBy((value) => parseOption(value)) },
  },
});
