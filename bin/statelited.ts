import type { Verb } from '../lib/command.ts';

interface Args {
  readonly listen: string | undefined;
  readonly port: string | undefined;
  readonly iport: string | undefined;
  readonly 'boot-files': string | undefined;
  readonly 'status-page': string | undefined;
  readonly 'replace-authority': boolean;
}

export const verb: Verb<Args> = {
  command: 'statelited',
  describe: 'Serves nodes their plans over TLS, until SIGTERM',
  builder: (yargs) => yargs
    .option('listen', { type: 'string', requiresArg: true, describe: 'Address to listen on (default: all)' })
    .option('port', { type: 'string', requiresArg: true, describe: 'Port to listen on (default: site.xcatdport, 3001)' })
    .option('iport', { type: 'string', requiresArg: true, describe: 'Port for status reports of xCAT nodes (default: site.xcatiport, 3002)' })
    .option('boot-files', { type: 'string', requiresArg: true, describe: 'Directory to give out over plain HTTP too, on site.httpport (80): for iPXE, GRUB and UEFI HTTP boot' })
    .option('status-page', { type: 'string', requiresArg: true, describe: 'Address:port of a page that shows how nodes boot, for admins (default: none)' })
    .option('replace-authority', { type: 'boolean', default: false, describe: 'Make nodes trust the authority of this host; genimage must follow' })
    .example('systemctl start statelited', 'as a service')
    .example('$0 --listen 10.0.0.1 --port 3001', 'in a terminal')
    .example('$0 --boot-files /tftpboot', 'for nodes with netboot=xnba too')
    .example('$0 --status-page 127.0.0.1:3003', 'with the page on http://127.0.0.1:3003/, for ssh -L 3003:127.0.0.1:3003')
    .epilogue('The status page is there to read only. On a loopback address it is plain HTTP, on any other TLS with the certificate of the authority in STATELITE_HOME/ca; nodes may not look at it.'),
  handler: async ({ listen, port, iport, 'boot-files': bootFiles, 'status-page': statusPage, 'replace-authority': replaceAuthority }, context) => {
    const { serve } = await import('../lib/service/serve.ts');
    return serve({ listen, port, iport, bootFiles, statusPage, replaceAuthority }, context);
  },
};
