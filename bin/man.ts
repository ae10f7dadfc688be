import type { Verb } from '../lib/command.ts';

interface Args {
  readonly page: string | undefined;
  readonly roff: boolean;
  readonly write: string | undefined;
}

export const verb: Verb<Args> = {
  command: 'man [page]',
  describe: 'Shows the man page of a command',
  builder: (yargs) => yargs
    .positional('page', { type: 'string', describe: 'A command, tables for what the tables hold, or boot for how nodes boot' })
    .option('roff', { type: 'boolean', default: false, describe: 'Print the source of the page' })
    .option('write', { type: 'string', requiresArg: true, describe: 'Write all pages below this directory instead' })
    .example('$0 nodeset', 'what nodeset can do')
    .example('$0 tables', 'every table and its columns')
    .example('$0 boot', 'what a node does when something fails')
    .example('$0 --write /usr/local/share/man', 'make the pages known to man(1)'),
  handler: async (args, context) => {
    const [{ man }, { verbFacts }, { loadVerbs }] = await Promise.all([import('../lib/docs/man.ts'), import('../lib/docs/verb-facts.ts'), import('./verbs.ts')]);
    return man(args, (await loadVerbs()).map(verbFacts), context);
  },
};
