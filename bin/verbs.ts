import type { AnyVerb } from '../lib/command.ts';

type Load = () => Promise<{ readonly verb: AnyVerb }>;

/** Every verb with a one-line description for `statelite --help`; its file is loaded only when it runs. */
export const VERBS: Readonly<Record<string, { readonly describe: string; readonly load: Load }>> = {
  chdef: { describe: 'Change attributes of objects', load: () => import('./chdef.ts') },
  chtab: { describe: 'Set columns of a row, or delete rows', load: () => import('./chtab.ts') },
  genimage: { describe: 'Make the root tree, kernel and initrd of an image', load: () => import('./genimage.ts') },
  gettab: { describe: 'Print columns of one row', load: () => import('./gettab.ts') },
  ilitefile: { describe: 'List the litefile rows of an image', load: () => import('./ilitefile.ts') },
  litedb: { describe: 'Start or stop the private database, or tell how it is', load: () => import('./litedb.ts') },
  litefile: { describe: 'List the litefile rows of nodes', load: () => import('./litefile.ts') },
  liteimg: { describe: 'Prepare an image for its nodes, or undo that', load: () => import('./liteimg.ts') },
  litelab: { describe: 'A virtual cluster on this machine', load: () => import('./litelab.ts') },
  litetree: { describe: 'List the directories nodes search for content', load: () => import('./litetree.ts') },
  lsdef: { describe: 'Print objects with their attributes', load: () => import('./lsdef.ts') },
  lslite: { describe: 'Show all that is set up for the state of nodes', load: () => import('./lslite.ts') },
  makedhcp: { describe: 'Tell dnsmasq which nodes to boot', load: () => import('./makedhcp.ts') },
  mkdef: { describe: 'Make objects', load: () => import('./mkdef.ts') },
  nodeadd: { describe: 'Make nodes', load: () => import('./nodeadd.ts') },
  nodech: { describe: 'Change attributes of nodes', load: () => import('./nodech.ts') },
  nodels: { describe: 'List nodes and attributes of them', load: () => import('./nodels.ts') },
  noderm: { describe: 'Remove nodes from all tables', load: () => import('./noderm.ts') },
  nodeset: { describe: 'Say what nodes do at their next boot', load: () => import('./nodeset.ts') },
  rmdef: { describe: 'Remove objects', load: () => import('./rmdef.ts') },
  statelited: { describe: 'Serve nodes their plans, over TLS', load: () => import('./statelited.ts') },
  tabch: { describe: 'The same as chtab', load: () => import('./chtab.ts') },
  tabdump: { describe: 'Print a table as CSV', load: () => import('./tabdump.ts') },
  tabrestore: { describe: 'Replace tables by CSV files', load: () => import('./tabrestore.ts') },
};
