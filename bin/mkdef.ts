import { done, type Verb } from '../lib/command.ts';
import { defineRequest, defineOptions, type DefineArgs } from './define-options.ts';

interface Args extends DefineArgs {
  readonly force: boolean;
}

export const verb: Verb<Args> = {
  command: 'mkdef [words..]',
  describe: 'Makes objects: mkdef -t node -o n[01-16] groups=all,compute netboot=pxe',
  builder: (yargs) => defineOptions(yargs).option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Make objects anew that are there already' }),
  handler: async (args, { system }) => {
    const { define } = await import('../lib/db/definitions.ts');
    return done(await define(system, { ...defineRequest(args), operator: '=', fresh: true, force: args.force }));
  },
};
