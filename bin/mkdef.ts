import { done, type Verb } from '../lib/command.ts';
import { defineItems, defineOptions, type DefineArgs } from './define-options.ts';

interface Args extends DefineArgs {
  readonly force: boolean;
}

export const verb: Verb<Args> = {
  command: 'mkdef [words..]',
  describe: 'Makes objects',
  builder: (yargs) => defineOptions(yargs)
    .option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Make objects anew that are there already' })
    .check(({ where, dynamic }) => {
      if (where.length > 0 && !dynamic) throw new Error('-w is for dynamic groups: give -d as well');
      return true;
    })
    .example('$0 -t node -o n[01-16] groups=compute,all netboot=pxe', 'sixteen nodes')
    .example('$0 -t node n01 ip=10.0.0.11 mac=52:54:00:00:00:11', 'one node with its address and MAC')
    .example("$0 -t group -o debian -d -w 'os=~^debian'", 'a group of the nodes whose os begins with debian')
    .example('lsdef -z -t osimage -l | ssh other $0 -z', 'the images of this site for another one')
    .example('$0 -f -t node -o n01 groups=all', 'make n01 anew, also when it is there'),
  handler: async (args, { system }) => {
    const { define } = await import('../lib/db/definitions.ts');
    return done(await define(system, await defineItems(args), { operator: '=', fresh: true, force: args.force, dryRun: args['dry-run'] }));
  },
};
