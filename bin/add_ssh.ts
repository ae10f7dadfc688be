import type { Verb } from '../lib/command.ts';
import { rootimgOptions, type RootimgArgs } from './rootimg-options.ts';

export const verb: Verb<RootimgArgs> = {
  command: 'add_ssh <rootimg>',
  describe: 'Lets your ssh keys log in as root on the nodes of an image',
  builder: (yargs) => rootimgOptions(yargs, { from: '/root/.ssh', what: 'Directory with the public keys, *.pub' })
    .example('$0 /install/netboot/debian12/x86_64/compute/rootimg', 'the keys of root on this machine')
    .example('$0 --from /srv/keys rootimg', 'the keys of the admins')
    .epilogue([
      'Only public keys go into the image. A private key that is there already is warned of.',
      'Each node makes its own host keys when sshd starts: /etc/ssh must be writable by a litefile row, and stays the same over reboots when that is persistent.',
      'Or the overlay ssh gives each node a key with a certificate: clients with the line of the authority are asked nothing.',
    ].join('\n')),
  handler: async ({ rootimg, from, 'dry-run': dryRun, json }, context) => {
    const [{ withDatabase }, { addSsh }] = await Promise.all([import('../lib/db/open.ts'), import('../lib/image/add-ssh.ts')]);
    return withDatabase(context.system, (database) => addSsh(context, database, { rootimg, from, dryRun, json }));
  },
};
