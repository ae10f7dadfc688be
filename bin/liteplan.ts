import type { Verb } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly noderange: string;
  readonly diff: boolean;
  readonly storm: boolean;
  readonly nodes: string | undefined;
  readonly servers: string;
  readonly link: string;
  readonly 'nfs-operations': string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteplan <noderange>',
  describe: 'Shows what nodes will do at their next boot, or what of that is new',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('diff', { type: 'boolean', default: false, describe: 'Compare the tables as they are now with the plan that nodeset left; exit 1 when they differ' })
    .option('storm', { type: 'boolean', default: false, describe: 'Play all of these nodes booting, and tell how fast they may be switched on' })
    .option('nodes', { type: 'string', requiresArg: true, describe: 'With --storm: play so many nodes like these' })
    .option('servers', { type: 'string', requiresArg: true, default: '1', describe: 'With --storm: servers that share the nodes' })
    .option('link', { type: 'string', requiresArg: true, default: '10', describe: 'With --storm: link of each server, Gb/s' })
    .option('nfs-operations', { type: 'string', requiresArg: true, default: '100000', describe: 'With --storm: NFS operations a second that each server gives' })
    .option('json', { type: 'boolean', default: false, describe: 'Print it as JSON' })
    .example('$0 compute', 'the plans of a group, nodes with equal plans together')
    .example('$0 --diff all', 'what a change of the tables means for which nodes, before nodeset')
    .example('$0 --storm compute --nodes 10000 --servers 4 --link 100', 'what 10,000 of them need, before they are bought')
    .epilogue('The plan is made from the tables as they are now. Nodes get it after liteimg, when litefile rows changed, and nodeset.'),
  handler: async (args, context) => {
    if (args.storm) {
      const [nodes, servers, link, nfsOperations] = [numberOf('nodes', args.nodes), numberOf('servers', args.servers), numberOf('link', args.link), numberOf('nfs-operations', args['nfs-operations'])];
      const [{ withDatabase }, { planStorm }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/storm/storm.ts')]);
      return withDatabase(context.system, (database) => planStorm(context, database, { noderange: args.noderange, nodes, servers: servers ?? 1, link: link ?? 1, nfsOperations: nfsOperations ?? 1, json: args.json }));
    }
    const [{ tellFrom }, { liteplan }] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/explain/liteplan.ts')]);
    return tellFrom(context, (inner, cluster) => liteplan(inner, cluster, args), ['nodetype', 'osimage', 'linuximage', 'litefile', 'litetree', 'statelite', 'overlays']);
  },
};

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isWhole = option === 'link' || Number.isInteger(value);
  if (value > 0 && value <= 1_000_000 && isWhole) return value;
  throw new StateliteError('USAGE', `--${option} is "${text}", wanted a number above 0, at most 1000000`, { hint: 'liteplan --help shows the usage' });
}
