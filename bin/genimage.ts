import type { Verb } from '../lib/command.ts';

interface Args {
  image: string | undefined;
  o: string | undefined;
  a: string | undefined;
  p: string | undefined;
  i: string | undefined;
  r: string | undefined;
  n: string | undefined;
  k: string | undefined;
  g: string | undefined;
  l: string | undefined;
  t: string | undefined;
  permission: string | undefined;
  m: string | undefined;
  onlyinitrd: boolean;
  undo: boolean;
  force: boolean;
  noupdate: boolean;
  yes: boolean;
  dryrun: boolean;
  json: boolean;
}

export const verb: Verb<Args> = {
  command: 'genimage [image]',
  describe: 'Makes the root tree, kernel and initrd of an image',
  builder: (yargs) => yargs
    .positional('image', { type: 'string', describe: 'An image of the osimage table, to make it anew' })
    .option('o', { type: 'string', requiresArg: true, describe: 'Operating system, for example debian12 or rocky9' })
    .option('a', { type: 'string', requiresArg: true, describe: 'Architecture, for example x86_64; else that of this machine' })
    .option('p', { type: 'string', requiresArg: true, describe: 'Profile: names the package list, for example compute' })
    .option('i', { type: 'string', requiresArg: true, describe: 'Interface the nodes boot from, for example eth0; with -r, its address is the node\'s' })
    .option('r', { type: 'string', requiresArg: true, describe: 'Further interfaces, comma list: nodeset has nodes ask for their addresses by DHCP too' })
    .option('n', { type: 'string', requiresArg: true, describe: 'Network drivers of the initrd, comma list' })
    .option('k', { type: 'string', requiresArg: true, describe: 'Kernel version, when the image has several; else the newest' })
    .option('g', { type: 'string', requiresArg: true, describe: 'Version of the kernel packages to install; else the newest' })
    .option('l', { type: 'string', requiresArg: true, describe: 'Of xCAT, for roots in RAM; ignored' })
    .option('t', { type: 'string', requiresArg: true, describe: 'Of xCAT, for roots in RAM; ignored' })
    .option('permission', { type: 'string', requiresArg: true, describe: 'Mode of /.statelite on the node, octal' })
    .option('m', { type: 'string', requiresArg: true, choices: ['statelite'], describe: 'Kind of image; statelite is the only one made here' })
    .option('onlyinitrd', { type: 'boolean', default: false, describe: 'Make only kernel and initrd anew' })
    .option('undo', { type: 'boolean', default: false, describe: 'Put the image back that the last genimage replaced; a second time, the newer one' })
    .option('force', { alias: 'f', type: 'boolean', default: false, describe: 'Also while nodes run from the image that the last genimage replaced, and which goes' })
    .option('noupdate', { type: 'boolean', default: false, describe: 'Without the update repositories of the distribution' })
    .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Make an image anew without asking' })
    .option('dryrun', { alias: 'dry-run', type: 'boolean', default: false, describe: 'Say what would be made' })
    .option('json', { type: 'boolean', default: false, describe: 'Print facts as JSON' })
    .example('$0 -o debian12 -a x86_64 -p compute -i eth0 -n virtio_net,virtio_pci -m statelite', 'a new image')
    .example('$0 -o rocky9 -a x86_64 -p compute --dryrun', 'from which packages and sources it would be made')
    .example('$0 debian12-x86_64-compute', 'the same image anew; run liteimg again afterwards')
    .example('$0 debian12-x86_64-compute --onlyinitrd', 'only kernel and initrd, after a change of drivers')
    .example('$0 --undo debian12-x86_64-compute', 'the image as it was before')
    .check(({ image, undo }) => {
      if (undo && image === undefined) throw new Error('--undo wants the name of the image');
      return true;
    })
    .epilogue('On a terminal it asks for what is missing, and before it makes an image anew. The image in place stays until the new one is complete, and then beside it as rootimg.old: nodes that run from it go on until they boot again. Package lists, sources, exlist and postinstall scripts are columns of the linuximage table.'),
  handler: async ({ image, o, a, p, i, r, n, k, g, l, t, permission, onlyinitrd, undo, force, noupdate, yes, dryrun, json }, context) => {
    for (const [name, value] of Object.entries({ l, t })) if (value !== undefined) context.notice(`Notice: -${name} is for roots in RAM and has no meaning here`);
    if (undo && image !== undefined) return (await import('../netboot/undo-image.ts')).undoImage({ image, dryRun: dryrun, json }, context);
    const { makeImage } = await import('../netboot/make-image.ts');
    return makeImage({
      image, os: o, arch: a, profile: p, bootInterface: i, drivers: n, kernelVersion: k, kernelPackage: g, columns: { otherifce: r, permission },
      noUpdate: noupdate, onlyInitrd: onlyinitrd, force, yes, dryRun: dryrun, json,
    }, context);
  },
};
