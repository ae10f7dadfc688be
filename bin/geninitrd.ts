import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string;
  readonly n: string | undefined;
  readonly k: string | undefined;
  readonly dryrun: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'geninitrd <image>',
  describe: 'Makes kernel and initrd of an image anew',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', demandOption: true, describe: 'An image of the osimage table' })
    .option('n', { type: 'string', requiresArg: true, describe: 'Network drivers of the initrd, comma list' })
    .option('k', { type: 'string', requiresArg: true, describe: 'Kernel version, when the image has several' })
    .option('dryrun', { alias: 'dry-run', type: 'boolean', default: false, describe: 'Say what would be made' })
    .option('json', { type: 'boolean', default: false, describe: 'Print facts as JSON' })
    .example('$0 debian12-x86_64-compute', 'after a change in the root tree')
    .example('$0 debian12-x86_64-compute -n mlx5_core,igb', 'with other drivers'),
  handler: async ({ image, n, k, dryrun, json }, context) => {
    const { makeImage } = await import('../netboot/make-image.ts');
    return makeImage({ image, drivers: n, kernelVersion: k, onlyInitrd: true, dryRun: dryrun, json }, context);
  },
};
