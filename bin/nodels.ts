import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly noderange?: string | undefined;
  readonly attributes: readonly string[];
  readonly blame: boolean;
  readonly hidden: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'nodels [noderange] [attributes..]',
  describe: 'Lists nodes, and attributes of them',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .positional('attributes', { type: 'string', array: true, default: [], describe: 'Attribute, table.column, or table' })
    .option('blame', { alias: 'b', type: 'boolean', default: false, describe: 'Say which row each value is from' })
    .option('hidden', { alias: 'S', type: 'boolean', default: false, describe: 'List hidden nodes too' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .example('$0 compute', 'the nodes of a group')
    .example('$0 n01-n04 hosts.ip mac.mac', 'two columns of four nodes')
    .example('$0 n01 noderes.nfsserver --blame', 'also the row that the value is from'),
  handler: async ({ noderange, attributes, hidden, blame, json }, { system }) => {
    const { listNodes } = await import('../lib/db/nodes.ts');
    return done(await listNodes(system, { attributes, hidden, ...(noderange === undefined ? {} : { noderange }) }, { blame, json }));
  },
};
