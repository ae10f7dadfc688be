import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly path: string;
  readonly verbose: boolean;
}

export const verb: Verb<Args> = {
  command: 'dumpxCATdb',
  describe: 'Writes all tables as CSV files into a directory',
  builder: (yargs) => yargs
    .option('path', { alias: 'p', type: 'string', demandOption: true, describe: 'The directory; made when it is not there' })
    .option('verbose', { alias: 'V', type: 'boolean', default: false, describe: 'Name every table' })
    .example('$0 -p /var/backups/tables', 'a backup that only root can read'),
  handler: async ({ path, verbose }, { system, notice }) => {
    const { dumpTables } = await import('../lib/db/dump.ts');
    const names = await dumpTables(system, path);
    if (verbose) for (const name of names) notice(`Dumped ${name}`);
    return done('Backup Complete.');
  },
};
