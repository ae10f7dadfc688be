import type { Verb } from '../lib/command.ts';

interface Args {
  readonly noderange?: string | undefined;
  readonly slow: boolean;
  readonly watch: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litestat [noderange]',
  describe: 'Shows how nodes booted last: how long each phase took, what failed, who is stuck',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', describe: 'Nodes and groups, for example n01-n16,rack2,-n07 (default: all)' })
    .option('slow', { type: 'boolean', default: false, describe: 'Show the median and the 95th percentile of each phase, and nodes that stand out with the row, litetree or script to blame' })
    .option('watch', { alias: 'w', type: 'boolean', default: false, describe: 'Go on printing what changes, until Ctrl-C' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON; with --watch one object a line' })
    .example('$0 compute', 'the last boot of each node of a group')
    .example('$0 --slow', 'which phase takes long, and on which nodes')
    .example('$0 rack2 --watch', 'while the nodes boot'),
  handler: async (args, context) => {
    const { litestat } = await import('../lib/stat/litestat.ts');
    return litestat(context, args);
  },
};
