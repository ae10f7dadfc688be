import { done, type Verb } from '../lib/command.ts';
import { defineRequest, defineOptions, type DefineArgs } from './define-options.ts';

interface Args extends DefineArgs {
  readonly plus: boolean;
  readonly minus: boolean;
}

export const verb: Verb<Args> = {
  command: 'chdef [words..]',
  describe: 'Changes attributes of objects, and makes those that are not there: chdef -t node -o n01 ip=10.0.0.1',
  builder: (yargs) => defineOptions(yargs)
    .option('plus', { alias: 'p', type: 'boolean', default: false, describe: 'Append to lists' })
    .option('minus', { alias: 'm', type: 'boolean', default: false, describe: 'Take from lists' })
    .check(({ plus, minus }) => {
      if (plus && minus) throw new Error('give -p or -m, not both');
      return true;
    }),
  handler: async (args, { system }) => {
    const { define } = await import('../lib/db/definitions.ts');
    const operator = args.plus ? '+=' : args.minus ? '-=' : '=';
    return done(await define(system, { ...defineRequest(args), operator, fresh: false, force: false }));
  },
};
