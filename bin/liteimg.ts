import type { Verb } from '../lib/command.ts';

interface Args {
  readonly image: string | undefined;
  readonly os: string | undefined;
  readonly arch: string | undefined;
  readonly profile: string | undefined;
  readonly 'dry-run': boolean;
  readonly undo: boolean;
  readonly check: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteimg [image]',
  describe: 'Prepares an image for its nodes, or undoes that',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', describe: 'Name of an osimage row, or <os>-<arch>-<profile> of a root tree in its place' })
    .option('os', { alias: 'o', type: 'string', describe: 'Operating system, for example debian12' })
    .option('arch', { alias: 'a', type: 'string', describe: 'Architecture, for example x86_64' })
    .option('profile', { alias: 'p', type: 'string', describe: 'Profile, for example compute' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .option('undo', { type: 'boolean', default: false, describe: 'Give back the tree as it was before the first liteimg' })
    .option('check', { type: 'boolean', default: false, describe: 'Only say whether the tree is as the table asks; exit code 1 when not' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the operations as JSON' })
    .option('verbose', { alias: 'V', type: 'boolean', default: false, describe: 'Print every single step' })
    .example('$0 --dry-run debian12-x86_64-compute', 'only show the operations')
    .example('$0 debian12-x86_64-compute', 'carry them out; nothing is done twice')
    .example('$0 --check debian12-x86_64-compute', 'look whether somebody has replaced a link')
    .example('$0 --undo debian12-x86_64-compute', 'give back the image as it was')
    .check(({ check, undo }) => {
      if (check && undo) throw new Error('--check and --undo do not go together');
      return true;
    })
    .epilogue([
      'The original of each path moves to /.default in the image, and a relative symlink takes its place. The symlink leads to /.statelite/tmpfs,',
      'which a node fills with files of its own. Until then it leads on to the original.',
      '--json prints {image, rootimg, applied, operations: [{kind, path, text, steps}], notices: [{path, text}]}; with --check {image, rootimg, sound, operations, notices, repair}.',
      'Ctrl-C ends the work after an operation: no file is lost, and the next run goes on.',
    ].join('\n')),
  handler: async ({ image: name, os, arch, profile, 'dry-run': dryRun, undo, check, json, verbose }, context) => {
    const [{ withDatabase }, { liteimg }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/image/liteimg.ts')]);
    return withDatabase(context.system, (database) => liteimg(context, database, { name, os, arch, profile, dryRun, undo, check, json, verbose }));
  },
};
