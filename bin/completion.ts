import { done, type Verb } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly shell: string;
  readonly words: readonly string[];
}

export const verb: Verb<Args> = {
  command: 'completion <shell> [words..]',
  describe: 'Prints a script that completes commands, options and names in a shell',
  builder: (yargs) => yargs
    .positional('shell', { type: 'string', demandOption: true, describe: 'bash; names is for the script itself: names nodes|images|tables [start]' })
    .positional('words', { type: 'string', array: true, default: [], describe: 'Words that go with names' })
    .example('$0 bash >/etc/bash_completion.d/statelite', 'for every user, from the next shell on')
    .example('source <($0 bash)', 'for this shell'),
  handler: async ({ shell, words: [kind = '', start = ''] }, { system }) => {
    if (shell === 'names') {
      const { namesOf } = await import('../lib/docs/names.ts');
      return done((await namesOf(system, kind, start)).join('\n'));
    }
    if (shell !== 'bash') throw new StateliteError('USAGE', `the shell ${shell} is not known, bash is`, { hint: 'statelite completion bash' });
    const [{ bashCompletion }, { verbFacts }, { loadVerbs, PROGRAMS }] =
      await Promise.all([import('../lib/docs/completion.ts'), import('../lib/docs/verb-facts.ts'), import('./verbs.ts')]);
    return done(bashCompletion(system.files, (await loadVerbs()).map(verbFacts), Object.keys(PROGRAMS)).trimEnd());
  },
};
