import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly key: string;
  readonly columns: readonly string[];
  readonly 'with-fieldname': boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'gettab <key> <columns..>',
  describe: 'Prints columns of the row that has a key',
  builder: (yargs) => yargs
    .positional('key', { type: 'string', demandOption: true, describe: 'key=value, several separated by commas' })
    .positional('columns', { type: 'string', array: true, demandOption: true, describe: 'table.column' })
    .option('with-fieldname', { alias: 'H', type: 'boolean', default: false, describe: 'Print the name before the value' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .example('$0 key=master site.value', 'one value')
    .example('$0 -H node=n01 noderes.netboot noderes.nfsserver', 'two values with their names'),
  handler: async ({ key, columns, 'with-fieldname': withNames, json }, { system }) => {
    const { gettab } = await import('../lib/db/chtab.ts');
    return done(await gettab(system, key, columns, withNames, json));
  },
};
