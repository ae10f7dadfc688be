import type { Verb } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly noderange: string | undefined;
  readonly image: string | undefined;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'lslite [noderange]',
  describe: 'Shows all that the tables say about the statelite files of nodes, or of an image',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('image', { alias: 'i', type: 'string', describe: 'List the rows of this osimage' })
    .option('json', { type: 'boolean', default: false, describe: 'Print it as JSON' })
    .example('$0 n01', 'image, rows, directories and store of a node')
    .example('$0 -i debian12-x86_64-compute', 'the rows of an image'),
  handler: async ({ noderange, image, json }, context) => {
    if ((noderange === undefined) === (image === undefined)) {
      throw new StateliteError('USAGE', 'either a noderange or -i and an image is wanted', { hint: 'lslite n01-n16, or lslite -i <image>' });
    }
    const [{ tellFrom }, { listImageState, listState }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/plan/state-listing.ts')]);
    return tellFrom(context, (inner, cluster) => image === undefined ? listState(inner, cluster, noderange ?? '', json) : listImageState(cluster, image, json),
      ['nodetype', 'osimage', 'linuximage', 'litefile', 'litetree', 'statelite']);
  },
};
