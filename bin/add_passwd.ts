import type { Verb } from '../lib/command.ts';
import { rootimgOptions, type RootimgArgs } from './rootimg-options.ts';

export const verb: Verb<RootimgArgs> = {
  command: 'add_passwd <rootimg>',
  describe: 'Puts accounts and the root password into an image',
  builder: (yargs) => rootimgOptions(yargs, { from: '/etc', what: 'Directory with the passwd and group files to take accounts from' })
    .example('$0 /install/netboot/debian12/x86_64/compute/rootimg', 'accounts of this machine, password of root as the passwd table has it')
    .example('$0 --dry-run --from /srv/accounts rootimg', 'only show what would come from other files')
    .epilogue([
      'Accounts and groups are merged by name: nothing of the image is removed or renumbered, what differs is told. Exit 1 when that concerns ids from 1000 on.',
      'New accounts have no password, as that of this machine stays here. The password of root comes from the passwd row key=system username=root and is hashed',
      'unless it is a hash already. Every host that may mount the image can read the hash.',
    ].join('\n')),
  handler: async ({ rootimg, from, 'dry-run': dryRun, json }, context) => {
    const [{ withDatabase }, { addPasswd }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/image/add-passwd.ts')]);
    return withDatabase(context.system, (database) => addPasswd(context, database, { rootimg, from, dryRun, json }));
  },
};
