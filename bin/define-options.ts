import type { Argv } from 'yargs';
import { StateliteError } from '../lib/errors.ts';

/** What mkdef and chdef have in common. */
export interface DefineArgs {
  readonly words: readonly string[];
  readonly type: string;
  readonly objects?: string | undefined;
  readonly 'dry-run': boolean;
}

/** The options of DefineArgs. */
export const defineOptions = (yargs: Argv): Argv<DefineArgs> => yargs
  .positional('words', { type: 'string', array: true, default: [], describe: 'Names when -o is not given, then attribute=value (+= appends to a list, -= takes from it)' })
  .option('type', { alias: 't', type: 'string', default: 'node', describe: 'node, group, osimage, network, site, policy, litefile, litetree or statelite' })
  .option('objects', { alias: 'o', type: 'string', describe: 'Names separated by commas, a noderange for nodes' })
  .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' });

/** The names and attributes of the command line. Throws USAGE when no object is named. */
export function defineRequest({ words, type, objects, 'dry-run': dryRun }: DefineArgs) {
  const [first = ''] = words;
  const positional = objects === undefined && !first.includes('=');
  const names = positional ? first : objects ?? '';
  if (names === '' && type !== 'site') throw new StateliteError('USAGE', 'no object is named', { hint: 'give names with -o' });
  return { type, names, dryRun, words: positional ? words.slice(1) : words };
}
