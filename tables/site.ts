import { defineTable } from './table.ts';

export const site = defineTable({
  name: 'site',
  help: 'One setting of the whole cluster a row.',
  keys: ['key'],
  columns: {
    key: 'Name of the setting. Known here: installdir, tftpdir, master, xcatdport, xcatiport, domain, nameservers, excludenodes, hierarchicalattrs, litemechanism.',
    value: 'Value of the setting.',
  },
});
