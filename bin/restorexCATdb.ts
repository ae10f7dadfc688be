import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly path: string;
  readonly verbose: boolean;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'restorexCATdb',
  describe: 'Replaces the tables by the CSV files of a directory, all or none',
  builder: (yargs) => yargs
    .option('path', { alias: 'p', type: 'string', demandOption: true, describe: 'The directory that dumpxCATdb wrote, here or with xCAT' })
    .option('verbose', { alias: 'V', type: 'boolean', default: false, describe: 'Name every table' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 -p /var/backups/tables --dry-run', 'only show what would change')
    .example('$0 -p /root/xcat-dump', 'take over the tables of an xCAT site'),
  handler: async ({ path, verbose, 'dry-run': dryRun }, { system, notice }) => {
    const { restoreTables } = await import('../lib/db/dump.ts');
    const { tables, kept, text, doubts } = await restoreTables(system, path, dryRun);
    if (verbose) for (const name of tables) notice(`Restored ${name}`);
    if (doubts.length > 0) notice(`WARNING: ${doubts.length === 1 ? '1 value is' : `${doubts.length} values are`} kept that no command here can use; statelite import tells of ${doubts.length === 1 ? 'it' : 'them'}`);
    if (kept.length > 0) notice(`kept as they came, for no command reads them: ${kept.join(', ')}`);
    return done(dryRun ? text : 'Restore of Database Complete.');
  },
};
