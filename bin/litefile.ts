import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litefile <noderange>',
  describe: 'Lists the files and directories that nodes may write, keep, or get from elsewhere',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the list as JSON' })
    .example('$0 n01', 'the rows of a node')
    .example('$0 compute --json', 'the rows of the nodes of a group, for programs'),
  handler: async ({ noderange, json }, context) => {
    const [{ tellFrom }, { listLitefiles }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/policy/listing.ts')]);
    return tellFrom(context, (inner, cluster) => listLitefiles(inner, cluster, noderange, json), ['nodetype', 'osimage', 'linuximage', 'litefile']);
  },
};
