import type { Verb } from '../lib/command.ts';

export const verb: Verb<{ readonly node: string }> = {
  command: 'rcons <node>',
  describe: 'Joins the console of a node',
  builder: (yargs) => yargs
    .positional('node', { type: 'string', demandOption: true, describe: 'Name of the node' })
    .example('$0 n01', 'see n01 boot; leave with ~. (IPMI) or Ctrl-e c . (lab)')
    .epilogue('nodehm.cons, else nodehm.mgt, says how: ipmi (serial over LAN) or lab (the virtual node on this machine).'),
  handler: async ({ node }, context) => {
    const [{ withDatabase }, { loadCluster }, { rcons }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/cluster/load.ts'), import('../lib/power/rcons.ts')]);
    const cluster = await withDatabase(context.system, loadCluster);
    return rcons(context, cluster, node);
  },
};
