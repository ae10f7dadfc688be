import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly attributes: readonly string[];
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'nodech <noderange> <attributes..>',
  describe: 'Changes attributes of nodes',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .positional('attributes', { type: 'string', array: true, demandOption: true, describe: 'attribute=value or table.column=value; += appends to a list, -= takes from it; with ==, !=, =~ or !~ a condition that the nodes must fit' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 compute noderes.netboot=pxe', 'set a column for the nodes of a group')
    .example('$0 all nodetype.arch==ppc64le noderes.netboot=grub2', 'only the nodes that fit a condition')
    .example('$0 n01 groups+=rack2', 'put n01 into one more group'),
  handler: async ({ noderange, attributes, 'dry-run': dryRun }, { system }) => {
    const { editNodes } = await import('../lib/db/nodes.ts');
    return done(await editNodes(system, noderange, attributes, dryRun));
  },
};
