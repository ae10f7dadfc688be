import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly table: string;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'tabedit <table>',
  describe: 'Opens a table in $TABEDITOR or $EDITOR and saves it all or not at all',
  builder: (yargs) => yargs
    .positional('table', { type: 'string', demandOption: true, describe: 'Name of the table' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 litefile', 'edit a table; rows with problems come back with the reasons above them')
    .example('EDITOR=nano $0 site', 'with another editor'),
  handler: async ({ table, 'dry-run': dryRun }, { system }) => {
    const { tabedit } = await import('../lib/db/tabedit.ts');
    return done(await tabedit(system, table, dryRun));
  },
};
