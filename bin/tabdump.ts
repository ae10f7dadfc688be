import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly table?: string | undefined;
  readonly descriptions: boolean;
  readonly where: readonly string[];
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'tabdump [table]',
  describe: 'Prints a table as CSV; without a table, the names of all tables',
  builder: (yargs) => yargs
    .positional('table', { type: 'string', describe: 'Name of the table' })
    .option('descriptions', { alias: 'd', type: 'boolean', default: false, describe: 'Tell what the table and its columns are for' })
    .option('where', { alias: 'w', type: 'string', array: true, nargs: 1, default: [], describe: 'Only rows that fit: column==value, != < <= > >=, =~ !~ with % for any text; several must all fit' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .example('$0 litefile', 'a table')
    .example('$0 -d litefile', 'what its columns mean')
    .example("$0 -w 'file=~/etc/%' litefile", 'the rows whose path begins with /etc/')
    .example('$0', 'the names of all tables'),
  handler: async ({ table, descriptions, where, json }, { system }) => {
    const { describeTables, tabdump, tableNames } = await import('../lib/db/tabdump.ts');
    if (descriptions) return done(describeTables(table, json));
    return done(table === undefined ? tableNames(json) : await tabdump(system, table, json, where));
  },
};
