import { dirname, join } from 'node:path';
import { toJson, type Context, type Result } from '../command.ts';
import { hasOurModule } from '../../netboot/initrd.ts';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import { quickstartChecks, type Check } from './quickstart-checks.ts';
import { quickstartSite, siteCommands, siteFiles, type Command, type QuickstartSite } from './quickstart-site.ts';

/**
 * The quickstart: describes a two-node site in a database and directories of its own, makes its image (kept for the next run), boots
 * both nodes by PXE in a lab, checks on the nodes that each promise holds, and takes the lab down. Exit 0 only if all holds.
 */
export async function quickstart(context: Context, json: boolean): Promise<Result> {
  const { system, notice } = context;
  if (system.uid !== 0) throw new StateliteError('NOT_ROOT', 'the quickstart makes an image and network namespaces, which needs root', { hint: 'sudo npm run quickstart' });
  const started = system.clock.now();
  const site = quickstartSite(join(stateliteHome(system.env), 'quickstart'));
  const command = commandIn(site.home, context);
  notice(`Everything of this example lies below ${site.home}; nothing else of this machine is changed.`);
  system.files.makeDirectories(site.home);
  await prepareSite(site, command, context);
  const checks: Check[] = [];
  try {
    notice('$ litelab up');
    await command('litelab', 'up');
    for await (const check of quickstartChecks(site, command, context)) {
      checks.push(check);
      if (!json) context.print(`${check.holds ? 'ok    ' : 'FAILED'}  ${check.title}${check.found === '' ? '' : `: ${check.found}`}`);
    }
  } finally {
    await command('litelab', 'down');
  }
  const failures = checks.filter(({ holds }) => !holds).length;
  const exitCode = failures === 0 ? 0 : 1;
  const seconds = Math.round((system.clock.now() - started) / 1000);
  if (json) return { exitCode, output: toJson({ seconds, checks }) };
  return { exitCode, output: [
    '',
    failures === 0 ? `All ${checks.length} checks hold, after ${seconds} s.` : `${failures} of ${checks.length} checks do NOT hold.`,
    ...nextSteps(site),
  ].join('\n') };
}

// --- internal ---

const commandIn = (home: string, { system }: Context): Command => {
  const program = process.argv[1] ?? '';
  return (...words) => system.run(process.execPath, [program, ...words], { env: { STATELITE_HOME: home }, timeout: 20 * 60_000 });
};

/** Tables, trees, image, links and boot files; what is there already is kept. */
async function prepareSite(site: QuickstartSite, command: Command, { system, notice }: Context): Promise<void> {
  const { files } = system;
  for (const words of siteCommands(site)) {
    notice(`$ ${words.map(shown).join(' ')}`);
    await command(...words);
  }
  for (const [path, content] of Object.entries(siteFiles(site))) {
    if (files.readTextIfThere(path) === content) continue;
    files.makeDirectories(dirname(path));
    files.writeAtomic(path, content);
  }
  files.makeDirectories(join(site.home, 'tftpboot'));
  const complete = files.exists(site.root) && files.exists(join(site.imageDirectory, 'initrd-statelite.gz'));
  if (complete && hasOurModule(system, site.root)) notice(`The image in ${site.imageDirectory} is used again.`);
  else {
    const request = ['-o', 'debian12', '-a', 'x86_64', '-p', 'compute', '-i', 'eth0', '-n', 'virtio_net,virtio_pci', '-m', 'statelite'];
    await say('genimage', ...request, ...(complete ? ['--onlyinitrd'] : []));
  }
  await say('liteimg', site.image);
  await say('nodeset', site.nodes.map(({ name }) => name).join(','), `statelite=${site.image}`);

  async function say(...words: readonly string[]): Promise<void> {
    notice(`$ ${words.map(shown).join(' ')}`);
    const { stdout } = await command(...words);
    if (stdout !== '') notice(stdout.split('\n').map((line) => `  ${line}`).join('\n'));
  }
}

/** A word as one would type it in a shell. */
const shown = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const nextSteps = ({ home, image, nodes }: QuickstartSite): readonly string[] => [
  '',
  'What to type next:',
  `  export STATELITE_HOME=${home}`,
  '  npx statelite litelab up',
  '  npx statelite rpower n01 boot                     # start it, as real nodes\' controllers do',
  '  npx statelite litelab wait n01                    # until it shows its login prompt',
  '  npx statelite rcons n01                           # the node\'s console; leave with Ctrl-e c .',
  `  npx statelite litefile ${nodes[0]?.name ?? 'n01'}                      # what the node may write, and how`,
  `  npx statelite liteimg --dry-run ${image}`,
  '  npx statelite litelab down',
];
