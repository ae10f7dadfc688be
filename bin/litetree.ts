import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litetree <noderange>',
  describe: 'Lists the directories that nodes search for content, in order',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the list as JSON' })
    .example('$0 n01', 'the directories of a node, variables replaced'),
  handler: async ({ noderange, json }, context) => {
    const [{ tellFrom }, { listTrees }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/policy/listing.ts')]);
    return tellFrom(context, (inner, cluster) => listTrees(inner, cluster, noderange, json), ['nodetype', 'osimage', 'linuximage', 'litetree']);
  },
};
