import type { Verb } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';

interface Args {
  readonly noderange: string;
  readonly 'dry-run': boolean;
  readonly force: boolean;
  readonly timeout: string | undefined;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteapply <noderange>',
  describe: 'Brings running nodes nearer to what their next boot would give them',
  builder: (yargs) => yargs
    .positional('noderange', { type: 'string', demandOption: true, describe: 'Nodes and groups, for example n01-n16,rack2,-n07' })
    .option('dry-run', { alias: 'n', type: 'boolean', default: false, describe: 'Show what would be done, change nothing' })
    .option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Also what the node itself has changed, and files in use' })
    .option('timeout', { type: 'string', requiresArg: true, describe: 'Seconds that a node may take (60)' })
    .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' })
    .example('$0 compute --dry-run', 'what a changed litetree file, or a new row after liteimg, means for nodes that run')
    .example('$0 compute', 'do it')
    .epilogue([
      'Done while the node runs: con and ro rows are made anew from their sources, new rows are added when they stand alone.',
      'Told, and left to the next boot: changed options, rows that are gone, other sources or stores, rows inside other rows, overlays, local disks.',
      'Left alone and named, unless --force: con files that the node itself has written, files that a process has open.',
      'A node is reached by ssh as root (add_ssh puts the keys into its image) at hosts.ip, or by its name; a virtual node of the lab through its serial line.',
      'The host key of a node that was never seen is taken and remembered; a node that shows another key than before is refused.',
    ].join('\n')),
  handler: async ({ noderange, 'dry-run': dryRun, force, timeout, json }, context) => {
    const seconds = Number(timeout ?? 60);
    if (!(seconds > 0 && seconds < 100_000)) throw new StateliteError('USAGE', `--timeout is "${String(timeout)}", wanted seconds above 0`, { hint: 'liteapply --help shows the usage' });
    const [{ withDatabase }, { loadCluster }, { liteapply }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/cluster/load.ts'), import('../lib/apply/liteapply.ts')]);
    const cluster = await withDatabase(context.system, (database) => loadCluster(database, context.system.files));
    return liteapply(context, cluster, { noderange, dryRun, force, timeout: seconds * 1000, json });
  },
};
