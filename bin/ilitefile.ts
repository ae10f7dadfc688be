import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'ilitefile <image>',
  describe: 'Lists the litefile rows of an image',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', demandOption: true, describe: 'Name of an osimage row' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the list as JSON' })
    .example('$0 debian12-x86_64-compute', 'which rows win for the image'),
  handler: async ({ image, json }, context) => {
    const [{ tellFrom }, { listImageLitefiles }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/policy/listing.ts')]);
    return tellFrom(context, (_inner, cluster) => listImageLitefiles(cluster, image, json), ['osimage', 'linuximage', 'litefile']);
  },
};
