import type { Verb } from '../lib/command.ts';

export const verb: Verb<{ listen: string | undefined; port: string | undefined }> = {
  command: 'statelited',
  describe: 'Serves nodes their plans over TLS, until SIGTERM',
  builder: (yargs) => yargs
    .option('listen', { type: 'string', requiresArg: true, describe: 'Address to listen on (default: all)' })
    .option('port', { type: 'string', requiresArg: true, describe: 'Port to listen on (default: site.xcatdport, 3001)' })
    .example('systemctl start statelited', 'as a service')
    .example('$0 --listen 10.0.0.1 --port 3001', 'in a terminal'),
  handler: async ({ listen, port }, context) => {
    const { serve } = await import('../lib/service/serve.ts');
    return serve({ listen, port }, context);
  },
};
