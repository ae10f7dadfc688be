import { join } from 'node:path';
import type { Context } from '../command.ts';
import { readManifest } from '../image/manifest.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Command, QuickstartSite } from './quickstart-site.ts';

/** One promise, looked at on the nodes. */
export interface Check {
  readonly title: string;
  readonly holds: boolean;
  /** What was seen, '' when the title says it all. */
  readonly found: string;
}

/** Boots the site's nodes in the lab that is up and looks at each promise of statelite; every check is done, whatever came before. */
export async function* quickstartChecks(site: QuickstartSite, command: Command, { system, notice }: Context): AsyncGenerator<Check> {
  const names = site.nodes.map(({ name }) => name);
  const on = async (node: string, script: string): Promise<string> => (await command('litelab', 'run', node, script)).stdout;
  const rows = readManifest(system.files, site.root)?.rows ?? [];

  notice(`$ rpower ${names.join(',')} boot`);
  notice((await command('rpower', names.join(','), 'boot')).stdout.replace(/^/gm, '  '));
  notice(`$ litelab wait ${names.join(',')}`);
  yield* bootTimes(await command('litelab', 'wait', names.join(',')));

  for (const node of names) {
    const root = await on(node, 'findmnt -n -o FSTYPE,OPTIONS /');
    yield check(`${node}: the root is NFS, read-only`, /^nfs4?\s+ro,/.test(root), root.replace(/^(\S+)\s+([^,]*,[^,]*).*/, '$1 $2'));
    const refused = await on(node, 'touch /usr/bin/probe 2>&1 || true');
    yield check(`${node}: writing to the image is refused`, refused.includes('Read-only file system'), refused);
    const wrong = await on(node, probeRows(rows));
    yield check(`${node}: all ${rows.length} rows are in place, writable or not as their options say`, wrong === '', wrong.replaceAll('\n', '; '));
    const failedUnits = await on(node, 'systemctl is-system-running --wait; systemctl --failed --no-legend --plain');
    yield check(`${node}: no service has failed`, failedUnits === 'running', failedUnits.replaceAll('\n', '; '));
  }

  for (const { name, motd } of site.nodes) {
    const shown = await on(name, 'cat /etc/motd');
    yield check(`${name}: shows the motd of its own room`, shown === motd, shown);
  }
  const hosts = await on('n01', 'cat /etc/hosts');
  yield check('n01: /etc/hosts is the image\'s file followed by the common tree\'s', /localhost[^]*10\.30\.0\.12 n02/.test(hosts), '');

  yield* persistence(site, command, on, system);
  yield* liveEdit(site, on, names, system);
}

// --- internal ---

type On = (node: string, script: string) => Promise<string>;

const check = (title: string, holds: boolean, found: string): Check => ({ title, holds, found });

const bootTimes = ({ stdout }: { readonly stdout: string }, from = 'power-on'): readonly Check[] =>
  [...stdout.matchAll(/^(\S+): up in ([\d.]+ s)$/gm)].map(([, node, seconds]) => check(`${node ?? ''}: from ${from} to the login prompt`, true, seconds ?? ''));

/** A script for the node that prints the path of every row that is not as its option says. */
function probeRows(rows: readonly PolicyRow[]): string {
  return rows.map(({ real, type, option: { mode } }) => {
    const path = `'${real.replaceAll("'", "'\\''")}'`;
    const wanted = [`[ -${type === 'directory' ? 'd' : 'e'} ${path} ]`, mode === 'ro' ? `[ ! -w ${path} ]` : `[ -w ${path} ]`].join(' && ');
    return `${wanted} || echo ${path}`;
  }).join('\n');
}

async function* persistence({ persistentFile, persistentDirectory, state }: QuickstartSite, command: Command, on: On, { files, run }: Context['system']): AsyncGenerator<Check> {
  const listing = async (): Promise<string> => (await run('find', [join(state, 'n02'), '-printf', '%P %y %s %T@\n'])).stdout;
  const n02Before = await listing();
  const stamp = String(Date.now());
  await on('n01', `echo ${stamp} > ${persistentFile}; echo ${stamp} > ${persistentDirectory}table; echo ${stamp} > /var/log/in-ram; sync`);
  yield* bootTimes(await command('litelab', 'reboot', 'n01'), 'reboot');
  const kept = await on('n01', `cat ${persistentFile} ${persistentDirectory}table; ls /var/log/in-ram 2>/dev/null || true`);
  yield check('n01: what it wrote to persistent paths is there after the reboot', kept.startsWith(`${stamp}\n${stamp}`), '');
  yield check('n01: what it wrote to a path in RAM is gone after the reboot', !kept.includes('in-ram'), '');
  yield check('n01: its state lies on the server', files.readTextIfThere(join(state, 'n01', persistentFile)) === `${stamp}\n`, join(state, 'n01', persistentFile));
  yield check('n02: its state is untouched by n01', n02Before === await listing() && n02Before !== '', '');
}

/** A file edited in the image on the server is seen by running nodes, within the time NFS clients may keep attributes. */
async function* liveEdit({ root }: QuickstartSite, on: On, names: readonly string[], { files, clock }: Context['system']): AsyncGenerator<Check> {
  const text = `edited on the server at ${new Date(clock.now()).toISOString()}`;
  files.writeAtomic(join(root, 'etc/statelite/live'), `${text}\n`);
  for (const node of names) {
    const started = clock.now();
    let seen = '';
    while (seen !== text && clock.now() - started < 90_000) {
      seen = await on(node, 'cat /etc/statelite/live 2>/dev/null || true');
      if (seen !== text) await clock.sleep(2000);
    }
    yield check(`${node}: sees a file edited in the image on the server, without reboot`, seen === text, `after ${Math.round((clock.now() - started) / 1000)} s`);
  }
}
