import { defineTable } from './table.ts';

export const nodelist = defineTable({
  name: 'nodelist',
  help: 'Every node of the cluster with the groups it belongs to.',
  keys: ['node'],
  columns: {
    node: 'Name of the node: the short host name.',
    groups: 'Groups of the node, separated by commas. The order counts: the first group that sets an attribute gives it to the node.',
    status: 'State the node reported last, for example booting or booted.',
    statustime: 'When status was last written.',
    appstatus: 'States of the applications on the node, as `app=state` separated by commas.',
    appstatustime: 'When appstatus was last written.',
    primarysn: 'Service node that looks after this node now. Not used.',
    hidden: '1: left out of listings that do not name the node.',
    updatestatus: 'Outcome of the last software update: synced, out-of-sync, syncing or failed.',
    updatestatustime: 'When updatestatus was last written.',
    zonename: 'Security zone of the node; empty is the default zone.',
  },
});
