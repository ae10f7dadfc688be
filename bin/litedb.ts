import { done, failed, toJson, type Verb } from '../lib/command.ts';

interface Args {
  readonly action: 'start' | 'stop' | 'status' | 'url' | 'psql';
  readonly arguments: readonly string[];
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litedb <action> [arguments..]',
  describe: 'Starts or stops the private database server, tells how it is, or opens psql on it',
  builder: (yargs) => yargs.positional('action', { choices: ['start', 'stop', 'status', 'url', 'psql'] as const, demandOption: true, describe: 'What to do' })
    .positional('arguments', { type: 'string', array: true, default: [], describe: 'What psql is given, after --' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what status and url say as JSON' })
    .example('$0 status', 'whether it runs, and where')
    .example('$0 url', 'the address of the database, for other programs and STATELITE_DATABASE_URL')
    .example("$0 psql -- -c 'select node from nodelist'", 'ask in SQL')
    .example('$0 stop', 'end it; the next command starts it again'),
  handler: async ({ action, json, arguments: words, ...rest }, { system }) => {
    const { databaseUrl, litedb, psql } = await import('../lib/db/litedb.ts');
    if (action === 'url') return done(json ? toJson({ url: databaseUrl(system) }) : databaseUrl(system));
    if (action === 'psql') {
      // yargs keeps what follows -- apart.
      const afterDashes = (rest as { readonly _?: readonly unknown[] })._ ?? [];
      return { exitCode: await psql(system, [...words, ...afterDashes.map(String)]) === 0 ? 0 : 1, output: '' };
    }
    const { text, ...facts } = await litedb(system, action);
    const output = json ? toJson(facts) : text;
    return action === 'status' && !facts.running ? failed(output) : done(output);
  },
};
