import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly diff: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteplan <noderange>',
  describe: 'Shows what nodes will do at their next boot, or what of that is new',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('diff', { type: 'boolean', default: false, describe: 'Compare the tables as they are now with the plan that nodeset left; exit 1 when they differ' })
    .option('json', { type: 'boolean', default: false, describe: 'Print it as JSON' })
    .example('$0 compute', 'the plans of a group, nodes with equal plans together')
    .example('$0 --diff all', 'what a change of the tables means for which nodes, before nodeset')
    .epilogue('The plan is made from the tables as they are now. Nodes get it after liteimg, when litefile rows changed, and nodeset.'),
  handler: async (args, context) => {
    const [{ tellFrom }, { liteplan }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/explain/liteplan.ts')]);
    return tellFrom(context, (inner, cluster) => liteplan(inner, cluster, args), ['nodetype', 'osimage', 'linuximage', 'litefile', 'litetree', 'statelite', 'overlays']);
  },
};
