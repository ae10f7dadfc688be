import type { Verb } from '../lib/command.ts';

interface Args {
  readonly action: string;
  readonly noderange: string;
  readonly once: boolean;
  readonly disk: string | undefined;
  readonly yes: string | undefined;
  readonly cancel: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litedisk <action> <noderange>',
  describe: 'Shows what the next boot would do with the local disks of nodes, and arms one wipe',
  builder: (yargs) => yargs
    .positional('action', { type: 'string', demandOption: true, choices: ['plan', 'wipe'], describe: 'plan: what the next boot would do; wipe: allow it to wipe a disk, once' })
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups; for wipe one node' })
    .option('once', { type: 'boolean', default: false, describe: 'wipe: the only kind there is, to be written out' })
    .option('disk', { type: 'string', requiresArg: true, describe: 'wipe: the disk as disklayout names it, when the node has several' })
    .option('yes', { type: 'string', requiresArg: true, describe: 'wipe: the name of the node once more, in place of the question' })
    .option('cancel', { type: 'boolean', default: false, describe: 'wipe: take back what is armed' })
    .option('json', { type: 'boolean', default: false, describe: 'plan: print JSON' })
    .example('$0 plan compute', 'what the next boot of each node would do with its disks')
    .example('$0 wipe n01 --once', 'let the next boot of n01 wipe the disk it refused')
    .example('$0 wipe n01 --once --yes n01', 'the same without a question'),
  handler: async ({ action, noderange, once, disk, yes, cancel, json }, context) => {
    const [{ planDisks, wipeDisk }, { withDatabase }, { StateliteError }] = await Promise.all([import('../lib/disks/litedisk.ts'), import('../lib/db/open.ts'), import('../lib/errors.ts')]);
    if (action === 'wipe' && once === cancel) throw new StateliteError('USAGE', 'wipe wants --once or --cancel', { hint: `litedisk wipe ${noderange} --once` });
    return withDatabase(context.system, (database) => (action === 'plan' ? planDisks(context, database, noderange, json) : wipeDisk(context, database, { node: noderange, disk, yes, cancel })));
  },
};
