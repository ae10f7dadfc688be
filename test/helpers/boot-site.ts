import { connect } from 'node:net';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireLab, type Lab } from '../../lib/lab/instance.ts';
import { plain } from '../../lib/lab/console-log.ts';
import { nodePaths } from '../../lib/lab/qemu.ts';
import { createSystem, type System } from '../../lib/system/system.ts';
import { runInRoot } from '../../netboot/chroot.ts';
import { buildCli, type CliResult } from './cli.ts';

/** A site with its image, kept between runs in a short path of its own: an image is built once and booted often. */
export interface BootSite {
  readonly system: System;
  /** Runs a statelite command on the site's tables. */
  readonly statelite: (...words: readonly string[]) => Promise<CliResult>;
  /** The same, but the result must be exit 0. */
  readonly must: (...words: readonly string[]) => Promise<CliResult>;
  /** The quickstart itself, one level up. */
  readonly quickstart: () => Promise<CliResult>;
  readonly home: string;
  /** Path of the program, for processes that are talked to while they run. */
  readonly entry: string;
  readonly close: () => Promise<void>;
}

const DIRECTORY = '/var/tmp/statelite-boot-tests';

/** The quickstart's site, or another of that name. */
export async function openBootSite(name = 'quickstart'): Promise<BootSite> {
  const cli = await buildCli();
  const home = `${DIRECTORY}/${name}`;
  const env = { ...process.env, STATELITE_HOME: home, STATELITE_DATABASE_URL: undefined };
  const statelite: BootSite['statelite'] = (...words) => cli.run(words, env);
  return {
    home, statelite, entry: cli.entry,
    system: { ...createSystem(), env },
    must: async (...words) => {
      const result = await statelite(...words);
      if (result.exitCode !== 0) throw new Error(`${words.join(' ')}: exit ${result.exitCode}\n${result.stdout}\n${result.stderr}`);
      return result;
    },
    quickstart: () => cli.run(['litelab', 'quickstart', '--json'], { ...env, STATELITE_HOME: DIRECTORY }),
    close: async () => {
      await statelite('litelab', 'down');
      await statelite('litedb', 'stop');
      cli.remove();
    },
  };
}

/** The image of the quickstart as it was before liteimg, in the site's own installdir: a copy where its boot test has left one, else a new one; with further packages of its distribution. Returns the root tree. */
export async function quickstartImage(site: BootSite, ...packages: readonly string[]): Promise<string> {
  const inHome = 'install/netboot/debian12/x86_64/compute';
  const [ready, directory] = [join(DIRECTORY, 'quickstart', inHome), join(site.home, inHome)];
  const isReady = existsSync(join(ready, 'initrd-statelite.gz'));
  if (isReady) {
    mkdirSync(dirname(directory), { recursive: true });
    await site.system.run('cp', ['-a', '--reflink=auto', ready, directory]);
  }
  await site.must('genimage', '-o', 'debian12', '-a', 'x86_64', '-p', 'compute', '-i', 'eth0', '-n', 'virtio_net,virtio_pci', '-m', 'statelite', ...(isReady ? ['--onlyinitrd'] : []));
  await site.must('liteimg', '--undo', 'debian12-x86_64-compute');
  const root = join(directory, 'rootimg');
  if (packages.length > 0) await runInRoot(site.system, root, ['sh', '-euc', INSTALL, 'sh', readFileSync('/etc/resolv.conf', 'utf8'), ...packages], { timeout: 300_000 });
  return root;
}

/** Types the rows that a text of litecheck or nodeset proposes, and returns them as they stand there. */
export async function typeRows({ must }: BootSite, text: string): Promise<readonly string[]> {
  const commands = [...text.matchAll(/chtab image=\S+ file=\S+ litefile\.options=\S*/g)].map(([command]) => command);
  for (const command of commands) {
    const [program = '', ...words] = command.split(' ');
    await must(program, ...words);
  }
  return commands;
}

/** What a node's console has shown since power-on; '' before that. */
export function consoleOf(lab: Lab, node: string): string {
  const { consoleLog } = nodePaths(lab, node);
  return existsSync(consoleLog) ? plain(readFileSync(consoleLog, 'latin1')) : '';
}

/** Waits until the console shows a text `times` times; throws with its end when that takes too long. */
export async function waitForConsole(site: BootSite, node: string, text: string, times: number, seconds: number): Promise<void> {
  const lab = requireLab(site.system);
  for (let waited = 0; waited < seconds * 2; waited += 1) {
    if (consoleOf(lab, node).split(text).length > times) return;
    await sleep(500);
  }
  throw new Error(`${node}: "${text}" not shown ${times} times in ${seconds} s; the console ends with\n${consoleOf(lab, node).slice(-1500)}`);
}

/** What litestat says of a node as soon as that matches; its last word after four minutes. A node tells of its boot's end when it is up, after its login prompt. */
export async function toldBy({ must }: BootSite, node: string, wanted: RegExp): Promise<string> {
  let told = '';
  for (let waited = 0; waited < 240 && !wanted.test(told); waited += 1) {
    if (waited > 0) await sleep(1000);
    told = (await must('litestat', node)).stdout;
  }
  return told;
}

/** Types on a node's console. */
export const typeOnConsole = (site: BootSite, node: string, text: string): Promise<void> => new Promise((resolve, reject) => {
  const socket = connect(nodePaths(requireLab(site.system), node).console);
  socket.on('error', reject).on('connect', () => socket.write(text, () => {
    socket.end();
    resolve();
  }));
});

// --- internal ---

/** What an admin types in a chroot; first the name servers of this machine, which the image does not have. */
const INSTALL = `echo "$1" >/tmp/resolv.conf
  mount --bind /tmp/resolv.conf /etc/resolv.conf
  shift
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  apt-get -q install -y --no-install-recommends "$@"`;
