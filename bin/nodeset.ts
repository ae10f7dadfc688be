import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly action: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'nodeset <noderange> <action>',
  describe: 'Says what nodes do at their next boot: writes their boot-loader files, plans and tables',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .positional('action', {
      type: 'string', demandOption: true,
      describe: 'osimage=<image> or statelite=<image>: boot that image; osimage or statelite: the image the tables name; shell: that image, pausing three times; boot: from disk; offline: nothing; stat: show',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' }),
  handler: async (args, context) => {
    const { parseNodesetAction } = await import('../lib/boot/nodeset-action.ts');
    const action = parseNodesetAction(args.action);
    const { withDatabase } = await import('../lib/db/open.ts');
    const { nodeset } = await import('../lib/boot/nodeset.ts');
    return withDatabase(context.system, (database) => nodeset(context, database, { ...args, action }));
  },
};
