import type { AnyVerb, NamedVerb } from '../lib/command.ts';

type Load = () => Promise<{ readonly verb: AnyVerb }>;

/** Commands that are programs of their own name and verbs of `statelite` too; a file is loaded when its verb is wanted. */
export const PROGRAMS: Readonly<Record<string, Load>> = {
  add_passwd: () => import('./add_passwd.ts'),
  add_ssh: () => import('./add_ssh.ts'),
  chdef: () => import('./chdef.ts'),
  chtab: () => import('./chtab.ts'),
  dumpxCATdb: () => import('./dumpxCATdb.ts'),
  genimage: () => import('./genimage.ts'),
  geninitrd: () => import('./geninitrd.ts'),
  gettab: () => import('./gettab.ts'),
  ilitefile: () => import('./ilitefile.ts'),
  liteapply: () => import('./liteapply.ts'),
  litecheck: () => import('./litecheck.ts'),
  litedb: () => import('./litedb.ts'),
  litedisk: () => import('./litedisk.ts'),
  liteexport: () => import('./liteexport.ts'),
  litefile: () => import('./litefile.ts'),
  liteimg: () => import('./liteimg.ts'),
  litelab: () => import('./litelab.ts'),
  liteoverlay: () => import('./liteoverlay.ts'),
  liteplan: () => import('./liteplan.ts'),
  litestat: () => import('./litestat.ts'),
  litetree: () => import('./litetree.ts'),
  litewhy: () => import('./litewhy.ts'),
  lsdef: () => import('./lsdef.ts'),
  lslite: () => import('./lslite.ts'),
  makedhcp: () => import('./makedhcp.ts'),
  mkdef: () => import('./mkdef.ts'),
  nodeadd: () => import('./nodeadd.ts'),
  nodech: () => import('./nodech.ts'),
  nodels: () => import('./nodels.ts'),
  noderm: () => import('./noderm.ts'),
  nodeset: () => import('./nodeset.ts'),
  rcons: () => import('./rcons.ts'),
  restorexCATdb: () => import('./restorexCATdb.ts'),
  rmdef: () => import('./rmdef.ts'),
  rmimage: () => import('./rmimage.ts'),
  rpower: () => import('./rpower.ts'),
  statelited: () => import('./statelited.ts'),
  tabch: () => import('./chtab.ts'),
  tabdump: () => import('./tabdump.ts'),
  tabedit: () => import('./tabedit.ts'),
  tabgrep: () => import('./tabgrep.ts'),
  tabrestore: () => import('./tabrestore.ts'),
};

/** Verbs of `statelite` only: their names are too general for programs, or belong to others. */
const HELPERS: Readonly<Record<string, Load>> = {
  completion: () => import('./completion.ts'),
  db: () => import('./litedb.ts'),
  import: () => import('./import.ts'),
  man: () => import('./man.ts'),
};

export const VERBS: Readonly<Record<string, Load>> = { ...PROGRAMS, ...HELPERS };

/** Every verb, loaded; one that goes by a second name says so. */
export async function loadVerbs(): Promise<readonly NamedVerb[]> {
  const verbs: NamedVerb[] = [];
  for (const [name, load] of Object.entries(VERBS)) {
    const { verb } = await load();
    const [first = ''] = verb.command.split(' ');
    const program = Object.hasOwn(PROGRAMS, name) ? name : `statelite ${name}`;
    verbs.push({ name, program, verb: first === name ? verb : { ...verb, describe: `The same as ${first}` } });
  }
  return verbs;
}
