import type { Argv } from 'yargs';

/** What the commands that change a root tree after genimage have in common. */
export interface RootimgArgs {
  readonly rootimg: string;
  readonly from: string;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

/** The options of RootimgArgs; `from` is where the content comes from unless told otherwise, `what` says what it is. */
export const rootimgOptions = (yargs: Argv, { from, what }: { readonly from: string; readonly what: string }): Argv<RootimgArgs> => yargs
  .positional('rootimg', { type: 'string', demandOption: true, describe: 'Root tree of the image' })
  .option('from', { type: 'string', requiresArg: true, default: from, describe: what })
  .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
  .option('json', { type: 'boolean', default: false, describe: 'Print what was done as JSON' });
