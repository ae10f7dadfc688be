import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly attributes: readonly string[];
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'nodeadd <noderange> <attributes..>',
  describe: 'Makes nodes',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Names, for example n[01-16]' })
    .positional('attributes', { type: 'string', array: true, demandOption: true, describe: 'attribute=value or table.column=value; += appends to a list, -= takes from it' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 n[01-16] groups=all,compute', 'sixteen nodes in two groups'),
  handler: async ({ noderange, attributes, 'dry-run': dryRun }, { system }) => {
    const { addNodes } = await import('../lib/db/nodes.ts');
    return done(await addNodes(system, noderange, attributes, dryRun));
  },
};
