import { isOverlayList } from './checks.ts';
import { defineTable } from './table.ts';

export const overlays = defineTable({
  name: 'overlays',
  help: 'Overlays of nodes: trees of files and templates that go on top of the litetree directories.',
  keys: ['node'],
  required: ['node', 'overlays'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node or group.',
    overlays: { help: 'Names separated by commas. A node has those of osimage.overlays, then of its groups, the first group last, then its own; later ones win, `~name` takes one out.', check: isOverlayList },
  },
});
