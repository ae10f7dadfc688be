import type { Verb } from '../lib/command.ts';
import type { MakedhcpRequest } from '../lib/boot/makedhcp.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly noderange?: string | undefined;
  readonly new: boolean;
  readonly all: boolean;
  readonly delete: boolean;
  readonly query: boolean;
  readonly form: string;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'makedhcp [noderange]',
  describe: 'Tells the DHCP server which nodes to boot, and with what',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('new', { alias: 'n', type: 'boolean', default: false, describe: 'Write the configuration for the networks' })
    .option('all', { alias: 'a', type: 'boolean', default: false, describe: 'Every node' })
    .option('delete', { alias: 'd', type: 'boolean', default: false, describe: 'Take the host lines of the nodes out' })
    .option('query', { alias: 'q', type: 'boolean', default: false, describe: 'Show the host lines of the nodes' })
    .option('form', { type: 'string', default: 'dnsmasq', choices: ['dnsmasq', 'isc', 'kea'], describe: 'The server it is for: dnsmasq, ISC dhcpd or Kea' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' })
    .example('$0 -n', 'write the configuration for the networks table')
    .example('$0 compute', 'host lines for the nodes of a group')
    .example('$0 -n --form kea', 'a configuration for Kea')
    .example('$0 -d n17', 'take one out')
    .example('$0 -q compute', 'show them'),
  handler: async (args, context) => {
    const request = requestOf(args);
    const { withDatabase } = await import('../lib/db/open.ts');
    const { makedhcp } = await import('../lib/boot/makedhcp.ts');
    return withDatabase(context.system, (database) => makedhcp(context, database, request));
  },
};

// --- internal ---

function requestOf(args: Args): MakedhcpRequest {
  const { noderange, json } = args;
  const usage = (message: string): StateliteError => new StateliteError('USAGE', message, { hint: 'makedhcp --help shows the usage' });
  if ([args.new, args.all, noderange !== undefined].filter(Boolean).length !== 1) throw usage('give one of: a noderange, -a for every node, -n for the networks');
  if ([args.new, args.delete, args.query].filter(Boolean).length > 1) throw usage('-n, -d and -q exclude each other');
  return { action: args.new ? 'network' : args.delete ? 'delete' : args.query ? 'query' : 'add', form: args.form as MakedhcpRequest['form'], json, ...(noderange === undefined ? {} : { noderange }) };
}
