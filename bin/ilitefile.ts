import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'ilitefile <image>',
  describe: 'Lists the files and directories that nodes with an image may write, keep, or get from elsewhere',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', demandOption: true, describe: 'Name of an osimage row' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the list as JSON' }),
  handler: async ({ image, json }, context) => {
    const [{ withDatabase }, { loadCluster }, { listImageLitefiles }] =
      await Promise.all([import('../lib/db/open.ts'), import('../lib/cluster/load.ts'), import('../lib/policy/listing.ts')]);
    return listImageLitefiles(await withDatabase(context.system, loadCluster), image, json);
  },
};
