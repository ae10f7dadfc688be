import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'noderm <noderange>',
  describe: 'Removes nodes from all tables',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 n17 --dry-run', 'only show what would go')
    .example('$0 rack2', 'remove the nodes of a group'),
  handler: async ({ noderange, 'dry-run': dryRun }, { system }) => {
    const { undefine } = await import('../lib/db/definitions.ts');
    const text = await undefine(system, 'node', noderange, dryRun);
    return done(dryRun ? text : '');
  },
};
