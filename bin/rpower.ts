import type { Verb } from '../lib/command.ts';
import type { PowerAction } from '../lib/power/ipmi.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly noderange: string;
  readonly action: string;
  readonly timeout: string | undefined;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'rpower <noderange> <action>',
  describe: 'Switches the power of nodes',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .positional('action', { type: 'string', demandOption: true, choices: ['on', 'off', 'boot', 'reset', 'stat', 'state'], describe: 'What to do, see below' })
    .option('timeout', { type: 'string', requiresArg: true, describe: 'Seconds that each request to a node may take (30)' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' })
    .example('$0 compute stat', 'which nodes of a group are on')
    .example('$0 n01-n16 boot', 'start them, what runs is started again')
    .epilogue([
      'Actions:',
      '  on     switch on',
      '  off    switch off at once, without shutting down',
      '  boot   reset what is on, switch on what is off',
      '  reset  start again at once',
      '  stat   show what is on; state is the same',
      '',
      'nodehm.mgt=ipmi: the controller is ipmi.bmc, with ipmi.username and ipmi.password or the passwd row ipmi.',
      'nodehm.mgt=lab: the virtual node of the lab that litelab has started on this machine.',
    ].join('\n')),
  handler: async ({ noderange, action, timeout, json }, context) => {
    const seconds = Number(timeout ?? 30);
    if (!(seconds > 0 && seconds < 100_000)) throw new StateliteError('USAGE', `--timeout is "${String(timeout)}", wanted seconds above 0`, { hint: 'rpower --help shows the usage' });
    const [{ withDatabase }, { loadCluster }, { rpower }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/cluster/load.ts'), import('../lib/power/rpower.ts')]);
    const cluster = await withDatabase(context.system, loadCluster);
    return rpower(context, cluster, { noderange, action: (action === 'state' ? 'stat' : action) as PowerAction, timeout: seconds * 1000, json });
  },
};
