import { isAbsolute, isPort, oneOf, type Check } from './checks.ts';
import { defineTable } from './table.ts';

export const site = defineTable({
  name: 'site',
  help: 'One setting of the whole cluster a row.',
  keys: ['key'],
  columns: {
    key: 'Name of the setting. Known here: installdir, tftpdir, master, xcatdport, xcatiport, httpport, domain, nameservers, excludenodes, hierarchicalattrs, litemechanism, nodetoken (yes: nodeset puts a one-time token on the command line and statelited demands it), privilegedport (yes: nodes must ask from a port below 1024).',
    value: { help: 'Value of the setting.', doubt: (value, { key = '' }) => SETTINGS.get(key)?.(value) },
  },
});

// --- internal ---

/** What settings that commands here read must look like. */
const SETTINGS: ReadonlyMap<string, Check> = new Map([
  ['installdir', isAbsolute], ['tftpdir', isAbsolute], ['xcatdport', isPort], ['xcatiport', isPort], ['httpport', isPort], ['litemechanism', oneOf('link', 'bind')],
]);
