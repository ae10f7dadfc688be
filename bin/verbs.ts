import type { AnyVerb } from '../lib/command.ts';

type Load = () => Promise<{ readonly verb: AnyVerb }>;

/** Every verb with a one-line description for `statelite --help`; its file is loaded only when it runs. */
export const VERBS: Readonly<Record<string, { readonly describe: string; readonly load: Load }>> = {
  chtab: { describe: 'Set columns of a row, or delete rows', load: () => import('./chtab.ts') },
  genimage: { describe: 'Make the root tree, kernel and initrd of an image', load: () => import('./genimage.ts') },
  gettab: { describe: 'Print columns of one row', load: () => import('./gettab.ts') },
  litedb: { describe: 'Start or stop the private database, or tell how it is', load: () => import('./litedb.ts') },
  litelab: { describe: 'A virtual cluster on this machine', load: () => import('./litelab.ts') },
  makedhcp: { describe: 'Tell dnsmasq which nodes to boot', load: () => import('./makedhcp.ts') },
  nodeset: { describe: 'Say what nodes do at their next boot', load: () => import('./nodeset.ts') },
  statelited: { describe: 'Serve nodes their plans, over TLS', load: () => import('./statelited.ts') },
  tabch: { describe: 'The same as chtab', load: () => import('./chtab.ts') },
  tabdump: { describe: 'Print a table as CSV', load: () => import('./tabdump.ts') },
  tabrestore: { describe: 'Replace tables by CSV files', load: () => import('./tabrestore.ts') },
};
