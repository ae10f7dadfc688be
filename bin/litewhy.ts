import type { Verb } from '../lib/command.ts';

interface Args {
  readonly node: string;
  readonly path: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litewhy <node> <path>',
  describe: 'Explains why a node sees what it sees at a path',
  builder: (yargs) => yargs
    .positional('node', { type: 'string', demandOption: true, describe: 'A node' })
    .positional('path', { type: 'string', demandOption: true, describe: 'A path of the image, as programs on the node name it' })
    .option('json', { type: 'boolean', default: false, describe: 'Print it as JSON' })
    .example('$0 n01 /etc/motd', 'which row and which litetree directory decide')
    .example('$0 n01 /var/lib/myservice/state.db', 'a path below a directory row'),
  handler: async (args, context) => {
    const [{ tellFrom }, { litewhy }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/explain/litewhy.ts')]);
    return tellFrom(context, (inner, cluster) => litewhy(inner, cluster, args), ['nodetype', 'osimage', 'linuximage', 'litefile', 'litetree', 'statelite', 'hosts', 'overlays']);
  },
};
