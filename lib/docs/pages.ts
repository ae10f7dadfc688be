import { TABLES } from '../../tables/index.ts';
import { ERROR_CODES } from '../errors.ts';
import { nestingMatrix } from '../policy/nesting.ts';
import { OPTION_HELP, writeOption } from '../policy/option.ts';
import { BOOT_WORDS, FAILURES } from './failures.ts';
import { list, prose, text, type Block, type ManPage, type Section } from './roff.ts';
import type { ArgumentFacts, VerbFacts } from './verb-facts.ts';

/** The page of one command. */
export function verbPage(facts: VerbFacts): ManPage {
  const { name, program, describe, positionals, options, examples, epilogue } = facts;
  return {
    name: program.replace(' ', '-'),
    section: sectionOf(name),
    describe: `${describe.charAt(0).toLowerCase()}${describe.slice(1)}`,
    sections: [
      section('SYNOPSIS', text(`${facts.usage}${options.length > 1 ? ' [options]' : ''}`)),
      section('ARGUMENTS', ...described(positionals)),
      section('OPTIONS', ...described(options)),
      section('DESCRIPTION', ...prose(epilogue)),
      section('EXAMPLES', list(examples.map((example) => [example.command, example.describe]))),
      section('EXIT STATUS', text(EXIT_STATUS)),
      section('SEE ALSO', text('statelite(1), statelite-tables(5)')),
    ].filter(({ blocks }) => blocks.some((block) => block.kind !== 'list' || block.items.length > 0)),
  };
}

/** statelite(1): all commands, environment, files, exit status and errors. */
export const umbrellaPage = (verbs: readonly VerbFacts[]): ManPage => ({
  name: 'statelite',
  section: 1,
  describe: 'boot many nodes from one read-only root image',
  sections: [
    section('SYNOPSIS', text('statelite <command> [arguments]')),
    section('DESCRIPTION', text('Nodes mount one root image read-only by NFS. Tables say which of its files a node may write, keep over a reboot, or get from '
      + 'elsewhere. Results go to stdout, everything else to stderr.')),
    section('COMMANDS', list(verbs.map(({ name, program, describe }) => [`${program.replace(' ', '-')}(${sectionOf(name)})`, describe]))),
    section('ENVIRONMENT', list(ENVIRONMENT)),
    section('FILES', list(FILES)),
    section('EXIT STATUS', text(EXIT_STATUS)),
    section('ERRORS', text('Each error is of one of these kinds. Where a command prints problems as JSON, the kind is the value of "code".'), list(Object.entries(ERROR_CODES))),
    section('SEE ALSO', text('statelite-boot(7), statelite-tables(5)')),
  ],
});

/** statelite-tables(5): every table with its columns, the litefile options and how rows may nest. */
export const tablesPage = (): ManPage => ({
  name: 'statelite-tables',
  section: 5,
  describe: 'tables of statelite',
  sections: [
    section('DESCRIPTION', text('Each table has the columns comments and disable besides those told here. tabdump prints a table, tabrestore replaces it, chtab sets columns.')),
    ...[...TABLES.values()].map(({ name, help, keys, columns }) => section(
      name, text(`${help} Key: ${keys.join(', ')}.`), list(columns.filter((column) => !COMMON.has(column.name)).map((column) => [column.name, column.help])),
    )),
    section('LITEFILE OPTIONS', text(`${OPTION_HELP}.`)),
    section('ROWS BELOW ROWS', text('A row may stand below the row of a directory when the options of both are in this list: the directory, then what may stand below it.'), list(nestingLines())),
    section('SEE ALSO', text('statelite(1), tabdump(1), chtab(1), tabrestore(1)')),
  ],
});

/** statelite-boot(7): what a node does from its initrd to its root, and when something fails. */
export const bootPage = (): ManPage => ({
  name: 'statelite-boot',
  section: 7,
  describe: 'how a node of statelite boots, and what it does when something fails',
  sections: [
    section('DESCRIPTION', text('The initrd brings up the network, mounts the image read-only, fetches the node\'s plan from statelited, mounts its store and its litetree directories, and '
      + 'lets /etc/init.d/statelite of the image make its rows. What happened is on the console, in /.statelite/statelite.log, and at the server: litestat shows it.')),
    section('KERNEL COMMAND LINE', list(BOOT_WORDS)),
    section('FAILURES', text('Longer waits are 1, 2, 4, … 32 s and as much again by chance, so that many nodes do not knock together. A node that stops says why in one line on the console and to the '
      + 'server, then reboots after statelite.timeout seconds, or opens a shell when shell is on the command line.'), list(FAILURES.map(({ what, decided }) => [what, decided]))),
    section('ROWS IN THE LOG', text('/.statelite/statelite.log has for each row its outcome, option, type, path, where its content is from, the bytes that were copied for it in this boot as du(1) counts them, and '
      + 'milliseconds: how long the passes took that made it, one for each source and one each for links, mounts and the store. All rows of a pass share its time, which the kernel tells to 10 ms. '
      + 'Below these lines the same is there as a line of JSON for each row: path, outcome, reason, option, type, source, bytes, ms.')),
    section('SEE ALSO', text('statelite(1), litestat(1), nodeset(1), statelite-tables(5)')),
  ],
});

// --- internal ---

/** Daemons have their pages in section 8. */
const sectionOf = (name: string): 1 | 8 => (name === 'statelited' ? 8 : 1);

const COMMON = new Set(['comments', 'disable']);

const EXIT_STATUS = '0: done. 1: failed or refused; of several nodes the others were still done. 2: the command line is wrong.';

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['STATELITE_HOME', 'Directory of this installation: private database, certificate authority, lab. /var/lib/statelite when unset.'],
  ['STATELITE_DATABASE_URL', 'postgresql://… of a database to use instead of the private one. Several hosts may share it.'],
  ['STATELITE_DNSMASQ_DIR', 'Directory that makedhcp writes dnsmasq\'s configuration to. /etc/dnsmasq.d when unset.'],
  ['STATELITE_ACCEL', 'kvm or tcg: how litelab runs virtual nodes. Found out when unset.'],
  ['STATELITE_LOG', 'Level of statelited\'s log: trace, debug, info, warn, error. info when unset.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['/install/netboot/<os>/<arch>/<profile>/', 'An image: rootimg, kernel, initrd-statelite.gz, genimage.log, plans/<node>, overlays/<hash>. /install is the site row installdir.'],
  ['/install/custom/netboot/<family>/<profile>.pkglist', 'Package list of a profile; wins over the shipped one.'],
  ['/install/custom/netboot/templates/', 'Boot-loader templates; each wins over the shipped one of the same name.'],
  ['/tftpboot/xcat/netboot/<os>/<arch>/<profile>/', 'Kernel and initrd as nodes load them. /tftpboot is the site row tftpdir.'],
  ['/tftpboot/pxelinux.cfg/, /tftpboot/xcat/xnba/nodes/, /tftpboot/boot/grub2/', 'Boot-loader files of the nodes.'],
  ['/var/lib/statelite/', 'STATELITE_HOME: postgres/ the private database, ca/ the certificate authority, dhcp-hosts/ host lines for dnsmasq, lab/ the virtual cluster.'],
  ['/etc/dnsmasq.d/statelite.conf', 'What makedhcp -n writes.'],
  ['<rootimg>/.statelite/manifest.json', 'What liteimg did to the image. nodeset and statelited read it.'],
  ['<rootimg>/.default/', 'The originals of the files that nodes write.'],
  ['/.statelite/statelite.log', 'On a node: what happened to each row at boot.'],
];

const section = (heading: string, ...blocks: readonly Block[]): Section => ({ heading, blocks });

function described(facts: readonly ArgumentFacts[]): readonly Block[] {
  const choices = (fact: ArgumentFacts): string => (fact.choices.length === 0 ? '' : ` One of: ${fact.choices.join(', ')}.`);
  return [list(facts.map((fact) => [`${fact.names.join(', ')}${fact.names[0]?.startsWith('-') && fact.takesValue ? ' <value>' : ''}`, `${fact.describe.replace(/\.?$/, '.')}${choices(fact)}`]))];
}

function nestingLines(): readonly (readonly [string, string])[] {
  const below = new Map<string, string[]>();
  for (const { parent, child, verdict } of nestingMatrix()) {
    const allowed = below.get(writeOption(parent)) ?? [];
    below.set(writeOption(parent), verdict.allowed ? [...allowed, writeOption(child)] : allowed);
  }
  return [...below].map(([parent, children]) => [parent, children.length === 0 ? 'nothing' : children.join('  ')]);
}
