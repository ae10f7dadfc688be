import { done, toJson, type Verb } from '../lib/command.ts';

interface Args {
  readonly node: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'tabgrep <node>',
  describe: 'Lists the tables that have a row for a node or for one of its groups',
  builder: (yargs) => yargs
    .positional('node', { type: 'string', demandOption: true, describe: 'Name of the node' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .example('$0 n01', 'where n01 gets its attributes from'),
  handler: async ({ node, json }, { system }) => {
    const { tabgrep } = await import('../lib/db/tabgrep.ts');
    const tables = await tabgrep(system, node);
    return done(json ? toJson(tables) : tables.join('\n'));
  },
};
