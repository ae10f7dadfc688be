import type { AnyVerb } from '../lib/command.ts';

type Load = () => Promise<{ readonly verb: AnyVerb }>;

/** Every verb with a one-line description for `statelite --help`; its file is loaded only when it runs. */
export const VERBS: Readonly<Record<string, { readonly describe: string; readonly load: Load }>> = {
  genimage: { describe: 'Make the root tree, kernel and initrd of an image', load: () => import('./genimage.ts') },
  litelab: { describe: 'A virtual cluster on this machine', load: () => import('./litelab.ts') },
  makedhcp: { describe: 'tell dnsmasq which nodes to boot', load: () => import('./makedhcp.ts') },
  nodeset: { describe: 'say what nodes do at their next boot', load: () => import('./nodeset.ts') },
  statelited: { describe: 'Serve nodes their plans, over TLS', load: () => import('./statelited.ts') },
};
