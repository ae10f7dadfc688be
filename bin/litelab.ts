import type { Verb } from '../lib/command.ts';

interface Args {
  action: string;
  arguments: string[] | undefined;
  timeout: string | undefined;
  memory: string | undefined;
  firmware: string | undefined;
  disk: string[] | undefined;
  nic: string[] | undefined;
  json: boolean | undefined;
}

export const verb: Verb<Args> = {
  command: 'litelab <action> [arguments..]',
  describe: 'Runs a virtual cluster on this machine',
  builder: (yargs) => yargs
    // Words of `run NODE COMMAND…` that look like options belong to the command.
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'parse-positional-numbers': false, 'parse-numbers': false, 'unknown-options-as-args': true })
    .positional('action', { type: 'string', demandOption: true, describe: 'What to do, see below' })
    .positional('arguments', { type: 'string', array: true, describe: 'Its noderange, node or command' })
    .option('timeout', { type: 'string', requiresArg: true, describe: 'Seconds to wait for a boot (300) or a command (60)' })
    .option('memory', { type: 'string', requiresArg: true, describe: 'MiB of memory of each node that is booted (1024)' })
    .option('firmware', { type: 'string', requiresArg: true, describe: 'bios, uefi or uefi-http for nodes that are booted (one that noderes.netboot runs on)' })
    .option('disk', { type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'A disk of each node that is booted: its size, with how it is attached before it; again for more. Kept for later boots, which need not name it, and never made smaller; none takes them away' })
    .option('nic', { type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'A network card of each node for this boot, in the order the kernel finds them: lab (one when none is named), vlan5 (frames tagged so; kernel and initrd are then started without firmware), dead (nobody answers) or stray (a DHCP server whose addresses lead nowhere)' })
    .option('json', { type: 'boolean', describe: 'Print facts as JSON (up, status)' })
    .example('$0 up', 'start network, DHCP, TFTP, NFS and statelited')
    .example('$0 boot n17', 'boot n17 as its tables say, before the real n17 does')
    .example('$0 boot n17 --disk 1G --disk nvme:2G', 'with two local disks, /dev/vda and /dev/nvme0n1')
    .example('$0 boot n17 --nic stray --nic lab', 'with the wrong network on its first card')
    .example('$0 run n17 systemctl is-system-running', 'look around on it')
    .example('$0 down', 'end all of it')
    .epilogue([
      'Actions:',
      '  up                  start the network, DHCP, TFTP, NFS and statelited that the tables describe',
      '  boot NODERANGE      power nodes on; back when they show their login prompts',
      '  wait NODERANGE      back when nodes that are on, by rpower, show their login prompts',
      '  status              what runs',
      '  console NODE        join the console of a node; leave with Ctrl-e c .',
      '  run NODE COMMAND    run a command line on a node as root',
      '  reboot NODERANGE    shut nodes down and wait until they are up again',
      '  off NODERANGE       switch nodes off',
      '  down                end all of it',
      '  quickstart          the whole way on an example site of its own: image, tables, boot, checks on the nodes',
      '',
      'A disk is attached as virtio:1G (or 1G), nvme:1G, sata:1G (AHCI), sas:1G (LSI SAS 1068), raid:1G (MegaRAID SAS 2108) or scsi:1G (virtio). /dev/disk/by-id names it by',
      'its serial number, n17-disk1, or by a world wide name of the node\'s MAC and the disk\'s number: wwn-0x5525400000011001. sata, sas and raid want an image with a kernel',
      'that has their drivers, as Debian\'s linux-image-amd64; that of the shipped package list is for virtual machines.',
      '',
      'KVM is used when the processor has it; STATELITE_ACCEL=kvm or tcg (software) decides otherwise.',
    ].join('\n')),
  handler: async ({ action, arguments: words = [], timeout, memory, firmware, disk: disks, nic: nics, json, ...rest }, context) => {
    const { litelab } = await import('../lib/lab/commands.ts');
    const afterDashes = (rest as { readonly _?: readonly unknown[] })._ ?? [];
    return litelab({ action, words: [...words, ...afterDashes.map(String)], timeout, memory, firmware, disks, nics, json }, context);
  },
};
