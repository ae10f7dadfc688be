import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly names?: string | undefined;
  readonly type: string;
  readonly objects?: string | undefined;
  readonly attributes?: string | undefined;
  readonly long: boolean;
  readonly compact: boolean;
  readonly stanza: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'lsdef [names]',
  describe: 'Prints objects with their attributes; without names, which objects there are',
  builder: (yargs) => yargs
    .positional('names', { type: 'string', describe: 'Names separated by commas, a noderange for nodes' })
    .option('type', { alias: 't', type: 'string', default: 'node', describe: 'node, group, osimage, network, site, policy, litefile, litetree or statelite' })
    .option('objects', { alias: 'o', type: 'string', describe: 'The same as names' })
    .option('attributes', { alias: 'i', type: 'string', describe: 'Only these attributes, separated by commas' })
    .option('long', { alias: 'l', type: 'boolean', default: false, describe: 'Attributes of every object' })
    .option('compact', { alias: 'c', type: 'boolean', default: false, describe: 'One attribute a line, with the name in front' })
    .option('stanza', { alias: 'z', type: 'boolean', default: false, describe: 'Stanza form' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .check(({ compact, stanza }) => {
      if (compact && stanza) throw new Error('give -c or -z, not both');
      return true;
    })
    .example('$0 n01', 'all attributes of n01')
    .example('$0 -t osimage', 'the images there are')
    .example('$0 -t node compute -i ip,mac', 'two attributes of the nodes of a group'),
  handler: async ({ names, type, objects, attributes, long, compact, stanza, json }, { system }) => {
    const { lsdef } = await import('../lib/db/lsdef.ts');
    const wanted = names ?? objects;
    return done(await lsdef(system, {
      type, long, json, form: compact ? 'compact' : stanza ? 'stanza' : 'long',
      ...(wanted === undefined ? {} : { names: wanted }), ...(attributes === undefined ? {} : { attributes: attributes.split(',') }),
    }));
  },
};
