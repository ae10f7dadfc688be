import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly names?: string | undefined;
  readonly type: string;
  readonly objects?: string | undefined;
  readonly attributes?: string | undefined;
  readonly where: readonly string[];
  readonly long: boolean;
  readonly short: boolean;
  readonly blame: boolean;
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
    .option('where', { alias: 'w', type: 'string', array: true, nargs: 1, default: [], describe: 'Only objects that fit: attribute==value, or != =~ !~; several must all fit' })
    .option('long', { alias: 'l', type: 'boolean', default: false, describe: 'Attributes of every object' })
    .option('short', { alias: 's', type: 'boolean', default: false, describe: 'Names only' })
    .option('blame', { alias: 'b', type: 'boolean', default: false, describe: 'Say which row each value is from' })
    .option('compact', { alias: 'c', type: 'boolean', default: false, describe: 'One attribute a line, with the name in front' })
    .option('stanza', { alias: 'z', type: 'boolean', default: false, describe: 'Stanza form' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
    .check(({ compact, stanza, blame }) => {
      if (compact && stanza) throw new Error('give -c or -z, not both');
      if (stanza && blame) throw new Error('give -z or --blame, not both: a stanza holds values only');
      return true;
    })
    .example('$0 n01', 'all attributes of n01')
    .example('$0 -t osimage', 'the images there are')
    .example('$0 -t node compute -i ip,mac', 'two attributes of the nodes of a group')
    .example('$0 -w os=~^debian -i os', 'the nodes whose os begins with debian')
    .example('$0 n01 --blame', 'which row gave each value'),
  handler: async ({ names, type, objects, attributes, where, long, short, blame, compact, stanza, json }, { system }) => {
    const { lsdef } = await import('../lib/db/lsdef.ts');
    const wanted = names ?? objects;
    return done(await lsdef(system, {
      type, where, long, short, blame, json, form: compact ? 'compact' : stanza ? 'stanza' : 'long',
      ...(wanted === undefined ? {} : { names: wanted }), ...(attributes === undefined ? {} : { attributes: attributes.split(',') }),
    }));
  },
};
