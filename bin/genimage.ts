import type { Verb } from '../lib/command.ts';

interface Args {
  image: string | undefined;
  o: string | undefined;
  a: string | undefined;
  p: string | undefined;
  i: string | undefined;
  n: string | undefined;
  m: string | undefined;
  onlyinitrd: boolean;
  dryrun: boolean;
  json: boolean;
}

export const verb: Verb<Args> = {
  command: 'genimage [image]',
  describe: 'Make the root tree, kernel and initrd of an image',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', describe: 'An image of the osimage table, to make it anew' })
    .option('o', { type: 'string', requiresArg: true, describe: 'Operating system, for example debian12' })
    .option('a', { type: 'string', requiresArg: true, describe: 'Architecture, for example x86_64' })
    .option('p', { type: 'string', requiresArg: true, describe: 'Profile: names the package list, for example compute' })
    .option('i', { type: 'string', requiresArg: true, describe: 'Interface the nodes boot from, for example eth0' })
    .option('n', { type: 'string', requiresArg: true, describe: 'Network drivers of the initrd, comma list' })
    .option('m', { type: 'string', requiresArg: true, choices: ['statelite'], describe: 'Kind of image; statelite is the only one made here' })
    .option('onlyinitrd', { type: 'boolean', default: false, describe: 'Make only kernel and initrd anew' })
    .option('dryrun', { alias: 'dry-run', type: 'boolean', default: false, describe: 'Say what would be made' })
    .option('json', { type: 'boolean', default: false, describe: 'Print facts as JSON' })
    .example('$0 -o debian12 -a x86_64 -p compute -i eth0 -n virtio_net,virtio_pci -m statelite', 'a new image')
    .example('$0 debian12-x86_64-compute', 'the same image anew; run liteimg again afterwards')
    .example('$0 debian12-x86_64-compute --onlyinitrd', 'only kernel and initrd, after a change of drivers'),
  handler: async ({ image, o, a, p, i, n, onlyinitrd, dryrun, json }, context) => {
    const { makeImage } = await import('../netboot/make-image.ts');
    return makeImage({ image, os: o, arch: a, profile: p, bootInterface: i, drivers: n, onlyInitrd: onlyinitrd, dryRun: dryrun, json }, context);
  },
};
