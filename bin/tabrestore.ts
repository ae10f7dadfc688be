import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly files: readonly string[];
  readonly add: boolean;
  readonly table?: string | undefined;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'tabrestore <files..>',
  describe: 'Replaces tables by CSV files named after them, all in one transaction',
  builder: (yargs) => yargs
    .positional('files', { type: 'string', array: true, demandOption: true, describe: 'For example litefile.csv; - is stdin' })
    .option('add', { alias: 'a', type: 'boolean', default: false, describe: 'Add the rows and keep the others' })
    .option('table', { alias: 't', type: 'string', describe: 'Table the files hold, whatever their names; needed for stdin' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 -a litefile.csv', 'add rows to the litefile table')
    .example('$0 --dry-run site.csv nodelist.csv', 'only show what would change')
    .example('tabdump litefile | sed s/tempfs/tmpfs/ | $0 -t litefile -', 'edit a table in a pipe'),
  handler: async ({ files, add, table, 'dry-run': dryRun }, { system, notice }) => {
    const { tabrestore } = await import('../lib/db/tabrestore.ts');
    return done(await tabrestore(system, { files, add, dryRun, notice, ...(table === undefined ? {} : { table }) }));
  },
};
