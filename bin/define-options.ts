import type { Argv } from 'yargs';
import type { DefineItem } from '../lib/db/definitions.ts';
import { StateliteError } from '../lib/errors.ts';

/** What mkdef and chdef have in common. */
export interface DefineArgs {
  readonly words: readonly string[];
  readonly type: string;
  readonly objects?: string | undefined;
  readonly stanza: boolean;
  readonly dynamic: boolean;
  readonly where: readonly string[];
  readonly 'dry-run': boolean;
}

/** The options of DefineArgs. */
export const defineOptions = (yargs: Argv): Argv<DefineArgs> => yargs
  .positional('words', { type: 'string', array: true, default: [], describe: 'Names when -o is not given, then attribute=value (+= appends to a list, -= takes from it)' })
  .option('type', { alias: 't', type: 'string', default: 'node', describe: 'node, group, osimage, network, site, policy, litefile, litetree or statelite' })
  .option('objects', { alias: 'o', type: 'string', describe: 'Names separated by commas, a noderange for nodes' })
  .option('stanza', { alias: 'z', type: 'boolean', default: false, describe: 'Read objects in stanza form from stdin, as lsdef -z prints them' })
  .option('dynamic', { alias: 'd', type: 'boolean', default: false, describe: 'Make a dynamic group: its members are the nodes that fit -w' })
  .option('where', { alias: 'w', type: 'string', array: true, nargs: 1, default: [], describe: 'A condition attribute==value, or != =~ !~; several must all fit' })
  .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
  .check(({ words, objects, stanza, dynamic, where, type }) => {
    if (stanza && (words.length > 0 || objects !== undefined || where.length > 0)) throw new Error('with -z all objects come from stdin');
    if (dynamic && (where.length === 0 || type !== 'group')) throw new Error('a dynamic group wants -t group and -w');
    return true;
  });

/** The objects of the command line, or of the stanzas on stdin. Throws USAGE when no object is named, every line of stdin that cannot be read. */
export async function defineItems({ words, type, objects, stanza, dynamic, where }: DefineArgs): Promise<readonly DefineItem[]> {
  if (stanza) return stanzaItems(type);
  const [first = ''] = words;
  const positional = objects === undefined && first !== '' && !first.includes('=');
  const names = positional ? first : objects ?? '';
  if (names === '' && type !== 'site' && (where.length === 0 || dynamic)) throw new StateliteError('USAGE', 'no object is named', { hint: 'give names with -o' });
  const given = positional ? words.slice(1) : words;
  return [dynamic ? { type, names, words: [...given, 'grouptype=dynamic', `wherevals=${where.join('::')}`] } : { type, names, words: given, where }];
}

// --- internal ---

async function stanzaItems(type: string): Promise<readonly DefineItem[]> {
  const [{ parseStanzas }, { readStdin }, { throwProblems }] = await Promise.all([import('../lib/cluster/stanza.ts'), import('../lib/system/stdin.ts'), import('../lib/errors.ts')]);
  const { stanzas, problems } = parseStanzas(await readStdin(), 'stdin');
  throwProblems(problems);
  if (stanzas.length === 0) throw new StateliteError('USAGE', 'there are no stanzas on stdin', { hint: 'lsdef -z n01 prints one' });
  return stanzas.map(({ name, type: own, attributes }) =>
    ({ type: own ?? type, names: name, words: Object.entries(attributes).map(([attribute, value]) => `${attribute}=${value}`) }));
}
