import { defineTable } from './table.ts';

export const site = defineTable({
  name: 'site',
  help: 'One setting of the whole cluster a row.',
  keys: ['key'],
  columns: {
    key: 'Name of the setting. Known here: installdir, tftpdir, master, xcatdport, xcatiport, httpport, domain, nameservers, excludenodes, hierarchicalattrs, litemechanism, nodetoken (yes: nodeset puts a one-time token on the command line and statelited demands it), privilegedport (yes: nodes must ask from a port below 1024).',
    value: 'Value of the setting.',
  },
});
