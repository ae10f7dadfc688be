import { done, failed, type Verb } from '../lib/command.ts';
import type { LitedbAction } from '../lib/db/litedb.ts';

interface Args {
  readonly action: LitedbAction;
}

export const verb: Verb<Args> = {
  command: 'litedb <action>',
  describe: 'Starts or stops the private database server, or tells how it is',
  builder: (yargs) => yargs.positional('action', { choices: ['start', 'stop', 'status'] as const, demandOption: true, describe: 'What to do' })
    .example('$0 status', 'whether it runs, and where')
    .example('$0 stop', 'end it; the next command starts it again'),
  handler: async ({ action }, { system }) => {
    const { litedb } = await import('../lib/db/litedb.ts');
    const { running, text } = await litedb(system, action);
    return action === 'status' && !running ? failed(text) : done(text);
  },
};
