import { done, type Verb } from '../lib/command.ts';

interface Args {
  readonly words: readonly string[];
  readonly delete: boolean;
  readonly 'dry-run': boolean;
}

export const verb: Verb<Args> = {
  command: 'chtab <words..>',
  describe: 'Sets columns of the row that has a key, or makes the row',
  builder: (yargs) => yargs
    .positional('words', {
      type: 'string', array: true, demandOption: true,
      describe: 'key=value to select, then table.column=value to set, += to append to a list, -= to take from it, an empty value to clear',
    })
    .option('delete', { alias: 'd', type: 'boolean', default: false, describe: 'Delete the selected rows: chtab -d key=value table' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'Only print what would change' })
    .example('$0 key=master site.value=10.0.0.1', 'the address of this server as the nodes see it')
    .example('$0 image=ALL file=/var/log/ litefile.options=persistent', 'keep the logs of every node')
    .example('$0 node=compute statelite.statemnt=10.0.0.1:/state', 'where the nodes of a group keep persistent files')
    .example('$0 -d image=ALL file=/var/log/ litefile', 'delete that row'),
  handler: async ({ words, delete: remove, 'dry-run': dryRun }, { system, notice }) => {
    const { chtab, chtabDelete } = await import('../lib/db/chtab.ts');
    return done(await (remove ? chtabDelete : chtab)(system, words, dryRun, notice));
  },
};
