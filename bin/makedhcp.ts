import type { Verb } from '../lib/command.ts';
import type { MakedhcpRequest } from '../lib/boot/makedhcp.ts';

interface Args {
  readonly noderange?: string | undefined;
  readonly new: boolean;
  readonly all: boolean;
  readonly delete: boolean;
  readonly query: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'makedhcp [noderange]',
  describe: 'Tells dnsmasq which nodes to boot: host lines for nodes, options for networks',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('new', { alias: 'n', type: 'boolean', default: false, describe: 'Write the configuration for the networks' })
    .option('all', { alias: 'a', type: 'boolean', default: false, describe: 'Every node' })
    .option('delete', { alias: 'd', type: 'boolean', default: false, describe: 'Take the host lines of the nodes out' })
    .option('query', { alias: 'q', type: 'boolean', default: false, describe: 'Show the host lines of the nodes' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' })
    .check((args) => {
      if ([args.new, args.all, args.noderange !== undefined].filter(Boolean).length !== 1) throw new Error('give one of: a noderange, -a for every node, -n for the networks');
      if (args.delete && args.query) throw new Error('give -d or -q, not both');
      return true;
    }),
  handler: async (args, context) => {
    const { withDatabase } = await import('../lib/db/open.ts');
    const { makedhcp } = await import('../lib/boot/makedhcp.ts');
    const request: MakedhcpRequest = {
      action: args.new ? 'network' : args.delete ? 'delete' : args.query ? 'query' : 'add',
      json: args.json,
      ...(args.noderange === undefined ? {} : { noderange: args.noderange }),
    };
    return withDatabase(context.system, (database) => makedhcp(context, database, request));
  },
};
