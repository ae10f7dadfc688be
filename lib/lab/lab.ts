import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { renderDhcpHosts } from '../boot/dhcp.ts';
import { renderGaneshaExports } from '../boot/ganesha-exports.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { selfCommand } from '../system/self.ts';
import type { System } from '../system/system.ts';
import { makeBootDirectory } from './boot-directory.ts';
import { findLab, labDirectory, labPaths, logTail, type Lab } from './instance.ts';
import type { KeeperReport, KeeperSpec, Service } from './keeper.ts';
import { labLayout, type LabLayout } from './layout.ts';
import { childOf, pidNamespace, processesIn, startTime } from './proc.ts';
import { databaseUrl } from './database-url.ts';
import { unexportable } from './unexportable.ts';
import { renderDnsmasqConf, renderGaneshaConf, renderNames, ROUTER } from './services.ts';

export interface UpOptions {
  readonly notice: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts the lab the tables describe and returns when all its services answer; the lab that is up already is returned as it is. Failed or
 * interrupted, nothing of it is left; throws LAB naming the service with the last lines of its log, TOOL_MISSING, NOT_ROOT or INTERRUPTED.
 */
export async function up(system: System, cluster: Cluster, { notice, signal }: UpOptions): Promise<Lab> {
  const running = findLab(system);
  if (running !== undefined) return running;
  checkMachine(system);
  const layout = existing(system, labLayout(cluster), notice);
  const directory = labDirectory(system);
  const paths = labPaths(directory);
  const services = servicesOf(layout, directory, databaseUrl(system));
  writeFiles(system, cluster, layout, directory, services);
  const keeper = startKeeper(directory);
  try {
    const pid = await waitUntilUp(system, keeper, directory, services, signal);
    const lab: Lab = { directory, pid, started: startTime(pid) ?? '', since: system.clock.now(), layout };
    system.files.writeAtomic(paths.state, JSON.stringify(lab, null, 2));
    keeper.stdin?.end('keep\n');
    keeper.unref();
    return lab;
  } catch (error) {
    await endKeeper(system, keeper);
    clear(system, directory);
    throw error;
  }
}

/** Ends the lab with all that runs in it; logs stay until the next one. True when there was one. */
export async function down(system: System): Promise<boolean> {
  const lab = findLab(system);
  if (lab !== undefined) await endNamespace(system, lab.pid);
  clear(system, labDirectory(system));
  return lab !== undefined;
}

/** What the keeper last said of its services. */
export const keeperReport = (system: System, lab: Lab): KeeperReport => readReport(system, lab.directory) ?? { state: 'starting', services: [] };

// --- internal ---

/** Package of each program the lab runs, as Debian calls it. */
const TOOLS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86', 'ganesha.nfsd': 'nfs-ganesha nfs-ganesha-vfs', rpcbind: 'rpcbind', dnsmasq: 'dnsmasq-base',
  ip: 'iproute2', unshare: 'util-linux', nsenter: 'util-linux', mount: 'mount',
};

function checkMachine(system: System): void {
  if (system.uid !== 0) throw new StateliteError('NOT_ROOT', 'litelab makes namespaces, which needs root', { hint: 'run it with sudo' });
  const places = (system.env['PATH'] ?? '').split(':');
  const missing = [
    ...Object.keys(TOOLS).filter((tool) => !places.some((place) => system.files.exists(join(place, tool)))).map((tool) => ({ what: tool, from: TOOLS[tool] ?? tool })),
    ...(system.files.exists('/dev/net/tun') ? [] : [{ what: '/dev/net/tun', from: 'the kernel module tun: modprobe tun' }]),
  ];
  throwProblems(missing.map(({ what, from }) => new StateliteError('TOOL_MISSING', `the lab needs ${what}, which is not installed`, { hint: `apt-get install ${from}` })));
}

/** The layout without the exports that are no directory here; each is said. */
function existing(system: System, layout: LabLayout, notice: UpOptions['notice']): LabLayout {
  const exports = layout.exports.filter(({ path }) => {
    const there = system.files.exists(`${path}/.`);
    if (!there) notice(`Warning: the tables name the directory ${path}, which is not on this machine: the lab does not export it (mkdir -p ${path} makes an empty one)`);
    return there;
  });
  return { ...layout, exports };
}

/** What runs inside, in the order it is started. */
function servicesOf(layout: LabLayout, directory: string, database: string): Service[] {
  const paths = labPaths(directory);
  const log = (name: string): string => join(paths.log, `${name}.log`);
  const host = layout.master;
  // rpcbind and NFS-Ganesha meet by sockets in /run: they see a private one, never the machine's.
  const privately = (program: string, ...args: string[]): Pick<Service, 'program' | 'args'> => ({
    program: 'unshare', args: ['--mount', 'sh', '-c', 'mount --bind "$0" /run && exec "$@"', paths.nfsRun, program, ...args],
  });
  const [node, ...statelited] = selfCommand('statelited', '--listen', '0.0.0.0', '--boot-files', paths.tftp);
  return [
    { name: 'rpcbind', ...privately('rpcbind', '-f'), log: log('rpcbind'), probe: { kind: 'rpc', host, port: 111, program: 100000, version: 2 } },
    {
      name: 'nfs', ...privately('ganesha.nfsd', '-F', '-f', paths.ganeshaConf, '-L', log('nfs'), '-p', paths.ganeshaPid), log: log('nfs'),
      probe: { kind: 'rpc', host, port: 2049, program: 100003, version: 4 }, failure: ' :(FSAL|EXPORT|CONFIG) :(CRIT|MAJ|FATAL) :',
    },
    {
      name: 'dnsmasq', program: 'dnsmasq', args: ['--keep-in-foreground', '--user=root', '--log-facility=-', '--pid-file=', `--conf-file=${paths.dnsmasqConf}`],
      log: log('dnsmasq'), probe: { kind: 'tftp', host, file: 'grub/grub.cfg' },
    },
    { name: 'statelited', program: node, args: statelited, env: { STATELITE_DATABASE_URL: database }, log: log('statelited'), probe: { kind: 'tls', host, port: layout.port } },
  ];
}

function writeFiles(system: System, cluster: Cluster, layout: LabLayout, directory: string, services: readonly Service[]): void {
  const { files } = system;
  const paths = labPaths(directory);
  const ipv6 = files.exists('/proc/net/if_inet6');
  clear(system, directory);
  files.removeTree(paths.log);
  for (const path of [paths.log, paths.recovery, paths.nfsRun]) files.makeDirectories(path);
  makeBootDirectory(files, layout.tftpdir, paths.tftp);
  files.writeAtomic(paths.names, renderNames(cluster));
  files.writeAtomic(paths.dhcpHosts, renderDhcpHosts(cluster, cluster.nodes));
  files.writeAtomic(paths.dnsmasqConf, renderDnsmasqConf(layout, paths, cluster.nodes.length, ipv6));
  files.writeAtomic(paths.ganeshaConf, renderGaneshaConf(paths));
  files.writeAtomic(paths.ganeshaExports, renderGaneshaExports(layout.exports, layout.clients));
  const addresses = [...layout.addresses.map((address) => `${address}/${layout.prefix}`), ...(ipv6 ? [ROUTER] : [])];
  const spec: KeeperSpec = { addresses, services, report: paths.report };
  files.writeAtomic(paths.spec, JSON.stringify(spec));
}

/** The keeper in its namespaces, in a session of its own; stdin is its lifeline until it is told to keep the lab. */
function startKeeper(directory: string): ChildProcess {
  const paths = labPaths(directory);
  const log = openSync(join(paths.log, 'keeper.log'), 'a');
  const namespaces = ['--fork', '--pid', '--kill-child', '--mount-proc', '--net', '--uts', '--mount', '--propagation', 'slave'];
  return spawn('unshare', [...namespaces, '--', ...selfCommand('litelab', 'keeper', paths.spec)], { detached: true, stdio: ['pipe', log, log] });
}

/** Process 1 of the lab, once all services answer. */
async function waitUntilUp(system: System, keeper: ChildProcess, directory: string, services: readonly Service[], signal: AbortSignal | undefined): Promise<number> {
  const outcome: { ended?: string } = {};
  keeper.once('error', (error) => { outcome.ended = error.message; });
  keeper.once('exit', (code, by) => { outcome.ended = by === null ? `ended with exit code ${code ?? 0}` : `was ended by ${by}`; });
  for (;;) {
    if (signal?.aborted) throw new StateliteError('INTERRUPTED', 'interrupted: the lab was taken down again');
    const ended = outcome.ended;
    const report = readReport(system, directory);
    const pid = keeper.pid === undefined ? undefined : childOf(keeper.pid);
    if (report?.state === 'up' && pid !== undefined && ended === undefined) return pid;
    if (report?.state === 'failed' || ended !== undefined) throw startError(system, directory, services, report, ended);
    await system.clock.sleep(50);
  }
}

function startError(system: System, directory: string, services: readonly Service[], report: KeeperReport | undefined, ended: string | undefined): StateliteError {
  const paths = labPaths(directory);
  const reason = report?.reason ?? `the keeper of the lab ${ended ?? 'ended'}`;
  const log = services.find(({ name }) => reason.startsWith(`${name}: `))?.log ?? join(paths.log, 'keeper.log');
  const refused = reason.startsWith('nfs: ') ? unexportable(system.files.readText(log)) : undefined;
  return refused ?? new StateliteError('LAB', `the lab did not start: ${reason}${logTail(system, log)}`, { hint: `the whole log is ${log}` });
}

function readReport(system: System, directory: string): KeeperReport | undefined {
  const text = system.files.readTextIfThere(labPaths(directory).report);
  return text === undefined ? undefined : (JSON.parse(text) as KeeperReport);
}

/** Ends a keeper this process has started, whatever state it is in. */
async function endKeeper(system: System, keeper: ChildProcess): Promise<void> {
  const init = keeper.pid === undefined ? undefined : childOf(keeper.pid);
  const ended = keeper.exitCode !== null || keeper.signalCode !== null ? Promise.resolve() : new Promise((resolve) => keeper.once('exit', resolve));
  keeper.kill('SIGKILL');
  if (init !== undefined) await endNamespace(system, init);
  await ended;
}

/** Kills process 1 of a pid namespace and waits until the kernel has ended all the others. */
async function endNamespace(system: System, init: number): Promise<void> {
  const namespace = pidNamespace(init);
  if (namespace === undefined || namespace === pidNamespace(process.pid)) return;
  if (startTime(init) !== undefined) process.kill(init, 'SIGKILL');
  const limit = system.clock.now() + 10_000;
  while (processesIn(namespace).length > 0) {
    if (system.clock.now() > limit) throw new StateliteError('LAB', `processes of the lab do not end: ${processesIn(namespace).join(' ')}`, { hint: 'litelab down' });
    await system.clock.sleep(20);
  }
}

function clear(system: System, directory: string): void {
  const paths = labPaths(directory);
  system.files.removeTree(paths.run);
  system.files.removeTree(paths.state);
}
