import { asset } from '../system/assets.ts';
import type { Files } from '../system/files.ts';
import type { NameKind } from './names.ts';
import type { ArgumentFacts, VerbFacts } from './verb-facts.ts';

/**
 * A bash script that completes `statelite <command> …` and the commands that are programs of their own name: the commands' facts filled into
 * add-on/completion/statelite.bash.
 */
export function bashCompletion(files: Files, verbs: readonly VerbFacts[], programs: readonly string[]): string {
  const commands = verbs.map(({ name }) => name);
  const cases = verbs.map((verb) => `${verb.name}) options='${words(verb.options)}' valued='${words(verb.options.filter(({ takesValue }) => takesValue))}'`
    + ` places=(${verb.positionals.map((each) => `'${placeOf(verb, each, commands)}'`).join(' ')}) ;;`);
  return files.readText(asset('add-on/completion/statelite.bash'))
    .replace('@COMMANDS@', commands.join(' '))
    .replace('# @CASES@', cases.join('\n    '))
    .replace('# @PROGRAMS@', programs.join(' '));
}

// --- internal ---

/** Kind of names that a positional of that name takes. */
const PLACES: Readonly<Record<string, NameKind | 'files'>> = {
  noderange: 'nodes', node: 'nodes', arguments: 'nodes', image: 'images', table: 'tables', tables: 'tables', files: 'files',
};

const words = (options: readonly ArgumentFacts[]): string => options.flatMap(({ names }) => names).join(' ');

/** What completes a positional: `=word word`, or a kind of names. */
function placeOf(verb: VerbFacts, { names: [name = ''], choices }: ArgumentFacts, commands: readonly string[]): string {
  const known = choices.length > 0 ? choices : name === 'page' ? [...commands, 'tables'] : name === 'action' ? actionsOf(verb) : [];
  return known.length > 0 ? `=${known.join(' ')}` : PLACES[name] ?? '';
}

/** The first word of each indented line of the help below the options; `osimage=<image>` gives `osimage=`. */
const actionsOf = ({ epilogue }: VerbFacts): readonly string[] => [...epilogue.matchAll(/^ {2}([\w-]+=?)/gm)].map(([, word = '']) => word);
