import { counted } from '../lib/counted.ts';
import { StateliteError } from '../lib/errors.ts';
import type { Verb } from '../lib/command.ts';

interface Args {
  readonly action: string;
  readonly names: string[] | undefined;
  readonly render: string | undefined;
  readonly json: boolean;
}

export const verb: Verb<Args> = {
  command: 'liteoverlay <action> [names..]',
  describe: 'Shows, compares and edits overlays: files and templates that nodes get',
  builder: (yargs) => yargs
    .positional('action', { type: 'string', demandOption: true, choices: ['list', 'show', 'info', 'diff', 'edit'], describe: 'What to do, see below' })
    .positional('names', { type: 'string', array: true, describe: 'An overlay and a file in it, or nodes' })
    .option('render', { alias: 'r', type: 'string', requiresArg: true, describe: 'show: as this node gets it' })
    .option('json', { type: 'boolean', default: false, describe: 'Print it as JSON (list, info, diff, show -r)' })
    .example('$0 list', 'the overlays there are')
    .example('$0 show -r n01', 'what the overlays of n01 come to, with the litefile row that decides where each file lives')
    .example('$0 show -r n01 /etc/hosts', 'the file as n01 gets it')
    .example('$0 info hosts', 'what it is for and needs, what its templates read, and which nodes have it')
    .example('$0 diff n01', 'what has changed since the last nodeset; exit 1 when something has')
    .example('$0 edit hosts etc/hosts.njk', 'edit a file; a shipped one is copied to the site first')
    .epilogue([
      'Actions:',
      '  list [OVERLAY]              overlays, or the files of one',
      '  show OVERLAY FILE           a file as it lies there',
      '  show -r NODE [PATH]         what a node gets',
      '  info OVERLAY [FILE]         what it needs, variables, includes, nodes',
      '  diff NODE [NODE2]           against the last nodeset, or what NODE has otherwise than NODE2',
      '  edit OVERLAY FILE           in $EDITOR',
      'OVERLAY .include holds what templates include.',
    ].join('\n')),
  handler: async ({ action, names = [], render, json }, context) => {
    const [{ tellFrom }, overlays] = await Promise.all([import('../lib/db/ask.ts'), import('../lib/explain/liteoverlay.ts')]);
    const { files } = context.system;
    const [first, second] = names;
    const most = action === 'list' || render !== undefined ? 1 : 2;
    if (names.length > most) throw new StateliteError('USAGE', `liteoverlay ${action} takes ${counted(most, 'name')}, these are ${names.length}: ${names.join(' ')}`, { hint: render === undefined ? 'liteoverlay --help' : `liteoverlay show -r ${render} <path>: what all its overlays make of that file` });
    if (render !== undefined && action !== 'show') throw new StateliteError('USAGE', `-r goes with show, not with ${action}`, { hint: `liteoverlay show -r ${render}` });
    const expected = ['nodetype', 'osimage', 'linuximage', 'litefile', 'overlays', 'hosts', 'mac', 'networks'];
    const wanted = (name: string | undefined, what: string): string => {
      if (name !== undefined) return name;
      throw new StateliteError('USAGE', `liteoverlay ${action} wants ${what}`, { hint: 'liteoverlay --help' });
    };
    if (action === 'diff' || action === 'edit') {
      const [{ createCluster }, { withDatabase }] = await Promise.all([import('../lib/cluster/create.ts'), import('../lib/db/open.ts')]);
      const cluster = createCluster(await withDatabase(context.system, (database) => database.read()), context.system.files);
      if (action === 'diff') return (await import('../lib/explain/overlay-diff.ts')).overlayDiff(context.system, cluster, wanted(first, 'a node: liteoverlay diff n01'), second, json);
      return (await import('../lib/explain/overlay-edit.ts')).editOverlay(context, cluster, wanted(first, 'an overlay'), wanted(second, 'a file'));
    }
    return tellFrom(context, (_, cluster) => {
      if (action === 'list') return overlays.listOverlays(files, cluster, first, json);
      if (action === 'info') return overlays.overlayInfo(files, cluster, wanted(first, 'an overlay'), second, json);
      return render === undefined ? overlays.showFile(files, cluster, wanted(first, 'an overlay and a file, or -r and a node'), wanted(second, `a file of ${first ?? ''}: liteoverlay list ${first ?? ''} shows them`)) : overlays.showNode(context, cluster, render, first, json);
    }, expected);
  },
};
