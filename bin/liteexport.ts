import { STDIN } from '../lib/system/stdin.ts';
import type { Verb } from '../lib/command.ts';

interface Args {
  readonly server: string | undefined;
  readonly ganesha: boolean;
  readonly output: string | undefined;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteexport',
  describe: 'Writes what the NFS server must export',
  builder: (yargs) => yargs
    .option('server', { type: 'string', requiresArg: true, describe: 'The server, as the tables name it; else the management node' })
    .option('ganesha', { type: 'boolean', default: false, describe: 'For NFS-Ganesha, not for the kernel' })
    .option('output', { alias: 'o', type: 'string', requiresArg: true, describe: 'File to write; else it is printed' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the exports as JSON' })
    .example('$0 -o /etc/exports.d/statelite.exports', 'for the NFS server of the kernel; then exportfs -ra')
    .example('$0 --ganesha -o /etc/ganesha/statelite.conf', 'for NFS-Ganesha, to be included in its configuration')
    .example('$0 --server cnfs', 'what the server cnfs must export')
    .epilogue('Images and litetree directories are exported read-only, stores read-write, both to the nodes\' networks only. Wider lines in /etc/exports are warned of.'),
  handler: async ({ server, ganesha, output, json }, context) => {
    const [{ withDatabase }, { loadCluster }, { liteexport }] =
      await Promise.all([import('../lib/db/open.ts'), import('../lib/cluster/load.ts'), import('../lib/boot/liteexport.ts')]);
    const cluster = await withDatabase(context.system, loadCluster);
    return liteexport(context, cluster, { server, ganesha, output: output === STDIN ? undefined : output, json });
  },
};
