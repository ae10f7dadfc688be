import { isImagePath } from './checks.ts';
import { defineTable } from './table.ts';

export const litefile = defineTable({
  name: 'litefile',
  help: 'Paths of an image that a node may write, keep over a reboot, or get from somewhere else.',
  keys: ['image', 'file'],
  required: ['file'],
  columns: {
    image: 'Image the row is about: an osimage name, an image group, or ALL. Empty is ALL.',
    file: { help: 'Absolute path in the image. A directory ends in /.', check: isImagePath },
    options: 'What the node sees there: blank, ALL, tmpfs or rw (writable, in RAM), persistent, localdisk, ro, con; with link, bind or overlay in front, separated by a comma.',
  },
});
