import { parseScriptRules, SCRIPT_RULES_HELP } from '../lib/overlay/script-rules.ts';
import { isOverlayList, readBy } from './checks.ts';
import { defineTable } from './table.ts';

export const overlays = defineTable({
  name: 'overlays',
  help: 'Overlays of nodes: trees of files and templates that go on top of the litetree directories.',
  keys: ['node'],
  required: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node or group.',
    overlays: { help: 'Names separated by commas. A node has those of osimage.overlays, then of its groups, the first group last, then its own; later ones win, `~name` takes one out.', check: isOverlayList },
    scripts: {
      help: `What comes of init scripts that fail: ${SCRIPT_RULES_HELP}. With must the node stops, with warn it goes on; 0 seconds is for ever. Of each script a node's own word counts, then that of its first group, on nodes that have the script.`,
      check: readBy(parseScriptRules),
    },
  },
});
