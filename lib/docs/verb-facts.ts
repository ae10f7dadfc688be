import type { Argv } from 'yargs';
import type { NamedVerb } from '../command.ts';

/** A positional argument or an option, as a verb's builder describes it. */
export interface ArgumentFacts {
  /** As typed: `noderange`, `--json`, `-o`; an option's short forms first. */
  readonly names: readonly string[];
  readonly describe: string;
  /** False for options that stand alone. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** All that a verb says about itself: what man pages and completion are made from. */
export interface VerbFacts {
  readonly name: string;
  /** As typed: `genimage`, `statelite man`. */
  readonly program: string;
  /** `genimage [image]`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: readonly ArgumentFacts[];
  readonly options: readonly ArgumentFacts[];
  readonly examples: readonly { readonly command: string; readonly describe: string }[];
  readonly epilogue: string;
}

/** Reads a verb by running its builder on a recorder in place of yargs; the program's name takes the place of `$0`. */
export function verbFacts({ name, program, verb }: NamedVerb): VerbFacts {
  const calls: Call[] = [];
  const recorder: object = new Proxy({}, {
    get: (_target, method) => (...args: readonly unknown[]) => {
      calls.push({ method: String(method), args });
      return recorder;
    },
  });
  verb.builder(recorder as Argv);
  const named = (text: unknown): string => String(text).replaceAll('$0', program);
  const argsOf = (method: string) => calls.filter((call) => call.method === method).map(({ args }) => args);
  return {
    name, program,
    usage: verb.command.replace(/^\S+/, program),
    describe: verb.describe,
    positionals: argsOf('positional').map(([word, settings]) => argument([String(word)], settings as Settings)),
    options: [...argsOf('option').map(([word, settings]) => option(String(word), settings as Settings)), HELP],
    examples: argsOf('example').map(([command, text]) => ({ command: named(command), describe: String(text) })),
    epilogue: argsOf('epilogue').map(([text]) => named(text)).join('\n'),
  };
}

// --- internal ---

interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The settings of yargs that verbs use. */
interface Settings {
  readonly alias?: string | readonly string[];
  readonly type?: 'string' | 'boolean';
  readonly describe?: string;
  readonly choices?: readonly string[];
}

const HELP: ArgumentFacts = { names: ['-h', '--help'], describe: 'Show help', takesValue: false, choices: [] };

const argument = (names: readonly string[], { type, describe = '', choices = [] }: Settings): ArgumentFacts => ({ names, describe, takesValue: type !== 'boolean', choices });

function option(word: string, settings: Settings): ArgumentFacts {
  const words = [word, ...[settings.alias ?? []].flat()];
  const dashed = words.map((each) => (each.length === 1 ? `-${each}` : `--${each}`)).sort((a, b) => a.length - b.length);
  return argument(dashed, settings);
}
