import { done, type Verb } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';
import { defineItems, defineOptions, type DefineArgs } from './define-options.ts';

interface Args extends DefineArgs {
  readonly plus: boolean;
  readonly minus: boolean;
}

export const verb: Verb<Args> = {
  command: 'chdef [words..]',
  describe: 'Changes attributes of objects, and makes those that are not there',
  builder: (yargs) => defineOptions(yargs)
    .option('plus', { alias: 'p', type: 'boolean', default: false, describe: 'Append to lists' })
    .option('minus', { alias: 'm', type: 'boolean', default: false, describe: 'Take from lists' })
    .check(({ plus, minus }) => {
      if (plus && minus) throw new Error('give -p or -m, not both');
      return true;
    })
    .example('$0 -t node -o n01-n16 groups=compute,all netboot=pxe', 'set two attributes of sixteen nodes')
    .example('$0 -t osimage debian12-x86_64-compute addkcmdline=', 'clear an attribute')
    .example('$0 -w arch==ppc64le netboot=grub2', 'an attribute of the nodes that fit a condition')
    .example('$0 -t node -p -o n01 groups=rack2', 'put n01 into one more group'),
  handler: async (args, { system, notice }) => {
    const { define } = await import('../lib/db/definitions.ts');
    const items = await defineItems(args);
    if (!args.stanza && items.every(({ words }) => words.length === 0)) throw new StateliteError('USAGE', 'nothing is given to change', { hint: 'chdef n01 groups=all,compute; lsdef n01 shows what is there' });
    const operator = args.plus ? '+=' : args.minus ? '-=' : '=';
    return done(await define(system, items, { operator, fresh: false, force: false, dryRun: args['dry-run'], notice }));
  },
};
