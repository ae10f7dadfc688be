import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string;
  readonly force: boolean;
  readonly old: boolean;
  readonly xcatdef: boolean;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'rmimage <image>',
  describe: 'Deletes the files of an image',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', demandOption: true, describe: 'An image of the osimage table' })
    .option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Also when nodes are set to it, or with --old run from it' })
    .option('old', { type: 'boolean', default: false, describe: 'Delete only the image that the last genimage replaced' })
    .option('xcatdef', { type: 'boolean', default: false, describe: 'Remove its rows from the tables too' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would be deleted' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the deleted paths as JSON' })
    .example('$0 --dry-run debian12-x86_64-old', 'what would go')
    .example('$0 --xcatdef debian12-x86_64-old', 'root tree, kernel, initrd, the copies for boot loaders, and the rows')
    .example('$0 --old debian12-x86_64-compute', 'what genimage kept for nodes that had not booted again')
    .check(({ old, xcatdef }) => {
      if (old && xcatdef) throw new Error('--old and --xcatdef do not go together');
      return true;
    })
    .epilogue('Without --xcatdef the image stays in the tables, and genimage <image> makes it again. What is mounted below the root tree is never deleted.'),
  handler: async ({ image, force, old, xcatdef, 'dry-run': dryRun, json }, context) => {
    const [{ withDatabase }, { rmimage }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/boot/rmimage.ts')]);
    return withDatabase(context.system, (database) => rmimage(context, database, { name: image, force, old, definition: xcatdef, dryRun, json }));
  },
};
