import type { Verb } from '../lib/command.ts';

interface Args {
  readonly directory: string | undefined;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'import [directory]',
  describe: 'Takes over the tables of an xCAT dump, and tells what behaves differently here',
  builder: (yargs) => yargs
    .positional('directory', { type: 'string', describe: 'What dumpxCATdb -p wrote; without it, only the report on the tables as they are' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change, and the report' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the report as JSON' })
    .example('$0 /root/xcat-dump', 'move a site here; a bad row names file, line and column, and nothing is changed')
    .example('$0 /root/xcat-dump --dry-run', 'what that would change, and the report')
    .example('$0', 'the report again'),
  handler: async ({ directory, 'dry-run': dryRun, json }, context) => {
    const { importDump } = await import('../lib/db/import.ts');
    return importDump(context, { directory, dryRun, json });
  },
};
