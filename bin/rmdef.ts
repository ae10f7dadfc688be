import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly names?: string | undefined;
  readonly type: string;
  readonly objects?: string | undefined;
  readonly force: boolean;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'rmdef [names]',
  describe: 'Removes objects with all their rows',
  builder: (yargs) => yargs
    .positional('names', { type: 'string', describe: 'Names separated by commas, a noderange for nodes' })
    .option('type', { alias: 't', type: 'string', default: 'node', describe: 'node, group, osimage, network, policy, litefile, litetree or statelite' })
    .option('objects', { alias: 'o', type: 'string', describe: 'The same as names' })
    .option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Images that nodes are set to as well' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .check(({ names, objects }) => {
      if ((names === undefined) === (objects === undefined)) throw new Error('give the names, with or without -o');
      return true;
    })
    .example('$0 -t node n17 --dry-run', 'only show the rows that would go')
    .example('$0 -t osimage -o debian12-x86_64-old', 'forget an image; its files stay'),
  handler: async ({ names, type, objects, force, 'dry-run': dryRun }, { system }) => {
    const { undefine } = await import('../lib/db/definitions.ts');
    return done(await undefine(system, type, names ?? objects ?? '', dryRun, force));
  },
};
