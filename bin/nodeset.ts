import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange: string;
  readonly action: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'nodeset <noderange> <action>',
  describe: 'Says what nodes do at their next boot',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .positional('action', { type: 'string', demandOption: true, describe: 'What to do, see below' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' })
    .example('$0 n01-n16 osimage=debian12-x86_64-compute', 'boot that image')
    .example('$0 n01 stat', 'what n01 is set to')
    .example('$0 n01 shell', 'the same image, with three pauses to look around')
    .epilogue([
      'Actions:',
      '  osimage=<image>    boot that image over the network',
      '  statelite=<image>  the same; <os>-<arch>-<profile> will do',
      '  osimage            boot the image that the nodetype table names',
      '  statelite          the same',
      '  shell              boot that image, pausing three times with a shell on the console',
      '  boot               boot from disk',
      '  offline            nothing: the boot-loader files go',
      '  stat               show what the nodes are set to',
    ].join('\n')),
  handler: async (args, context) => {
    const { parseNodesetAction } = await import('../lib/boot/nodeset-action.ts');
    const action = parseNodesetAction(args.action);
    const { withDatabase } = await import('../lib/db/open.ts');
    const { nodeset } = await import('../lib/boot/nodeset.ts');
    return withDatabase(context.system, (database) => nodeset(context, database, { ...args, action }));
  },
};
