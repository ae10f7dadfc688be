import { CHECKS } from '../lib/check/finding.ts';
import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string | undefined;
  readonly fix: boolean;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'litecheck [image]',
  describe: 'Tells what is wrong with tables, images and exports, and how to mend it',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', describe: 'Name of an osimage row; all statelite images and the tables when left out' })
    .option('fix', { type: 'boolean', default: false, describe: 'Print the chtab commands that write the proposed rows' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the findings as JSON' })
    .example('$0', 'check everything')
    .example('$0 debian12-x86_64-compute', 'check one image')
    .example('$0 --fix debian12-x86_64-compute | sh', 'add the rows that its services need')
    .epilogue([
      '--json prints a list of {severity, title, code, image, row, reason, fix, proposal}: image, row and proposal, a row of litefile, only where there is one.',
      'Nothing is changed. The exit code is 1 when there is an error. Codes of findings stay the same:',
      ...Object.entries(CHECKS).map(([code, [severity, text]]) => `  ${code}  ${severity.padEnd(7)}  ${text}`),
    ].join('\n')),
  handler: async ({ image, fix, json }, context) => {
    const [{ withDatabase }, { litecheck }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/check/litecheck.ts')]);
    return withDatabase(context.system, (database) => litecheck(context, database, { image, fix, json }));
  },
};
