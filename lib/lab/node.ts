import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderDhcpHosts } from '../boot/dhcp.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { acceleration, type Acceleration } from './accel.ts';
import { bootable, putBootFiles, type Bootable, type LabFirmware } from './bootable.ts';
import { machineCommand, plugIn, unplug } from './cables.ts';
import { bootOutcome, follow, type BootOutcome } from './console-log.ts';
import { diskFiles, type LabDisk } from './disks.ts';
import { inside, labPaths, logTail, type Lab } from './instance.ts';
import { keeperReport } from './lab.ts';
import { vlanOf, type LabNic } from './nics.ts';
import { readNodeState, requireNode, type NodeState } from './node-state.ts';
import { nodePaths, qemuArguments, UEFI, type NodePaths } from './qemu.ts';
import { isRunning, qmp } from './qmp.ts';
import { runOn } from './shell.ts';

export interface BootOptions {
  /** Milliseconds from power-on to the login prompt. */
  readonly timeout: number;
  /** Called as each node is up. */
  readonly onUp: (node: string, seconds: number) => void;
  readonly signal?: AbortSignal;
  /** MiB of each node; 1024 when not given. */
  readonly memory?: number;
  /** One that the node's boot loader runs on, when not given. */
  readonly firmware?: LabFirmware;
  /** Disks that are made where they are not there yet; those of earlier boots when not given. */
  readonly disks?: readonly LabDisk[];
  /** Network cards in their order; one on the lab's network when not given. */
  readonly nics?: readonly LabNic[];
}

/**
 * Powers nodes on and waits, all at once, for their login prompts. Nodes that cannot be booted are refused before any is started; a node that stops early or late is told
 * with its last console lines and left on, so that it can be looked at; interrupted, the nodes that are not up are switched off again.
 */
export async function bootNodes(system: System, lab: Lab, cluster: Cluster, nodes: readonly string[], options: BootOptions): Promise<void> {
  const found = await Promise.all(nodes.map((node) => caught(async () => {
    if (await isRunning(nodePaths(lab, node).monitor)) throw new StateliteError('LAB', `${node}: it is running already`, { hint: `litelab reboot ${node}` });
    return bootable(system, cluster, lab, node, options.firmware);
  })));
  throwProblems(found.flatMap(({ error }) => error ?? []), 'nodes cannot be booted; none was started');
  const ready = found.flatMap(({ value }) => value ?? []);
  await serveDhcp(system, lab, cluster);
  for (const one of ready) putBootFiles(system, lab, one);
  const accel = acceleration(system.env);
  await together(ready.map((one) => bootNode(system, lab, one, options, accel)));
}

/** Powers a node on and leaves it to its boot. Throws what stands against it, as bootNodes does. */
export async function powerOn(system: System, lab: Lab, cluster: Cluster, node: string): Promise<void> {
  const ready = bootable(system, cluster, lab, node);
  await serveDhcp(system, lab, cluster);
  putBootFiles(system, lab, ready);
  const { child } = await startMachine(system, lab, ready, acceleration(system.env));
  child.unref();
}

/** Waits for the login prompts of nodes that were powered on. Throws LAB for a node that is off, stops early or is late. */
export async function waitForNodes(system: System, lab: Lab, nodes: readonly string[], options: BootOptions): Promise<void> {
  const running = await Promise.all(nodes.map((node) => caught(() => requireNode(lab, node))));
  throwProblems(running.flatMap(({ error }) => error ?? []), 'nodes are not on');
  await together(nodes.map(async (node) => {
    const paths = nodePaths(lab, node);
    const state = readNodeState(paths);
    if (state === undefined) return;
    const ended = async (): Promise<string | undefined> => (await isRunning(paths.monitor) ? undefined : 'QEMU ended');
    if (state.seconds === undefined) await waitForPrompt(system, node, paths, state, follow(paths.consoleLog), options, ended);
    else options.onUp(node, state.seconds);
  }));
}

/** Has the nodes shut down and start again by themselves, and waits for their login prompts. */
export async function rebootNodes(system: System, lab: Lab, cluster: Cluster, nodes: readonly string[], options: BootOptions): Promise<void> {
  const running = await Promise.all(nodes.map((node) => caught(() => requireNode(lab, node))));
  throwProblems(running.flatMap(({ error }) => error ?? []), 'nodes cannot be rebooted; none was');
  for (const node of nodes) putBootFiles(system, lab, bootable(system, cluster, lab, node));
  await together(nodes.map(async (node) => {
    const paths = nodePaths(lab, node);
    const state = readNodeState(paths);
    if (state === undefined) return;
    const read = follow(paths.consoleLog, statSync(paths.consoleLog).size);
    const since = system.clock.now();
    const fresh = { mac: state.mac, address: state.address, since };
    writeState(system, paths, fresh);
    const { exitCode, stderr } = await runOn(system, lab, node, REBOOT, options.timeout);
    if (exitCode !== 0) throw new StateliteError('LAB', `${node}: it does not reboot: ${stderr.trim()}`, { hint: `litelab run ${node} systemctl status` });
    await waitForPrompt(system, node, paths, fresh, read, options);
  }));
}

/** Switches nodes off, as pulling the plug does. Returns those that were on. */
export async function offNodes(system: System, lab: Lab, nodes: readonly string[]): Promise<readonly string[]> {
  const were = await Promise.all(nodes.map(async (node) => {
    const paths = nodePaths(lab, node);
    const state = readNodeState(paths);
    const was = await isRunning(paths.monitor);
    if (was) await qmp(paths.monitor, 'quit');
    while (await isRunning(paths.monitor)) await system.clock.sleep(20);
    if (state !== undefined) await unplug(system, lab, state.mac);
    system.files.removeTree(dirname(paths.state));
    return was ? [node] : [];
  }));
  return were.flat();
}

export interface NodeStatus extends Partial<NodeState> {
  readonly node: string;
  readonly state: 'up' | 'booting' | 'stopped' | 'off';
}

/** The nodes that were started in the lab, sorted by name, with what they do now. */
export async function nodeStatus(lab: Lab): Promise<readonly NodeStatus[]> {
  const directory = join(labPaths(lab.directory).run, 'nodes');
  return Promise.all(list(directory).map(async (node): Promise<NodeStatus> => {
    const paths = nodePaths(lab, node);
    if (!(await isRunning(paths.monitor))) return { node, state: 'off' };
    const state = readNodeState(paths);
    const booting = state?.seconds === undefined;
    return { node, ...state, state: booting ? bootOutcome(follow(paths.consoleLog)()).state : 'up' };
  }));
}

// --- internal ---

async function bootNode(system: System, lab: Lab, ready: Bootable, options: BootOptions, accel: Acceleration): Promise<void> {
  const { node } = ready;
  const { child, state, ended } = await startMachine(system, lab, ready, accel, options);
  const paths = nodePaths(lab, node);
  try {
    await waitForPrompt(system, node, paths, state, follow(paths.consoleLog), options, ended);
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'INTERRUPTED') await offNodes(system, lab, [node]);
    throw error;
  } finally {
    child.unref();
  }
}

interface Machine {
  readonly child: ChildProcess;
  readonly state: NodeState;
  /** How QEMU ended; undefined while it runs. */
  readonly ended: () => string | undefined;
}

/** Starts the QEMU of a node; back as soon as it runs. */
async function startMachine(system: System, lab: Lab, { node, mac, address, firmware, kernel }: Bootable, accel: Acceleration, { memory = 1024, disks, nics = ['lab'] }: Pick<BootOptions, 'memory' | 'disks' | 'nics'> = {}): Promise<Machine> {
  const paths = nodePaths(lab, node);
  system.files.removeTree(dirname(paths.state));
  system.files.makeDirectories(dirname(paths.state));
  if (firmware !== 'bios') copyUefiSettings(system, paths);
  await plugIn(system, lab, mac, nics, paths);
  const log = openSync(paths.qemuLog, 'w');
  const args = qemuArguments({ node, mac, memory, acceleration: accel, firmware, paths, disks: diskFiles(system.files, lab.directory, node, disks), nics, kernel: vlanOf(nics) === undefined ? undefined : kernel });
  const [program, ...rest] = inside(lab, ...machineCommand(nics, mac, paths, args));
  const since = system.clock.now();
  const child = spawn(program, rest, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const outcome: { how?: string } = {};
  child.once('error', (error) => { outcome.how = error.message; });
  child.once('exit', (code, signal) => { outcome.how = signal ?? `exit code ${code ?? 0}`; });
  while (!(await isRunning(paths.monitor))) {
    if (outcome.how !== undefined) throw new StateliteError('LAB', `${node}: QEMU did not start (${outcome.how})${logTail(system, paths.qemuLog)}`, { hint: `the whole log is ${paths.qemuLog}` });
    await system.clock.sleep(20);
  }
  const state = { mac, address, since };
  writeState(system, paths, state);
  return { child, state, ended: () => outcome.how };
}

/** Reads along until the login prompt shows; throws LAB with the last console lines when it does not, INTERRUPTED on the signal. */
async function waitForPrompt(
  system: System, node: string, paths: NodePaths, state: NodeState, read: () => string, { timeout, onUp, signal }: BootOptions, ended: () => string | undefined | Promise<string | undefined> = () => undefined,
): Promise<void> {
  let text = '';
  for (;;) {
    if (signal?.aborted) throw new StateliteError('INTERRUPTED', `${node}: interrupted before it was up`);
    text = (text + read()).slice(-KEPT);
    const outcome = bootOutcome(text);
    const seconds = (system.clock.now() - state.since) / 1000;
    if (outcome.state === 'up') {
      writeState(system, paths, { ...state, seconds });
      onUp(node, seconds);
      return;
    }
    const end = whyEnded(outcome, await ended(), seconds * 1000 > timeout ? `no login prompt in ${timeout / 1000} s` : undefined);
    if (end !== undefined) {
      throw new StateliteError('LAB', `${node}: ${end}; its last console lines:${logTail(system, paths.consoleLog)}`, { hint: `litelab console ${node}; the whole log is ${paths.consoleLog}` });
    }
    await system.clock.sleep(100);
  }
}

function whyEnded(outcome: BootOutcome, how: string | undefined, late: string | undefined): string | undefined {
  if (outcome.state === 'stopped') return `stopped: ${outcome.reason}`;
  return how === undefined ? late : `was switched off (${how})`;
}

/** What `systemctl reboot` comes to, without asking logind, which a node in trouble may not have. */
const REBOOT = 'systemctl --no-block --job-mode=replace-irreversibly start reboot.target';

/** Characters of console text in which a prompt is looked for. */
const KEPT = 65_536;

const writeState = (system: System, paths: NodePaths, state: NodeState): void => system.files.writeAtomic(paths.state, JSON.stringify(state));

function copyUefiSettings({ files }: System, { uefiSettings }: NodePaths): void {
  for (const path of [UEFI.program, UEFI.settings]) {
    if (!files.exists(path)) throw new StateliteError('TOOL_MISSING', `a UEFI node needs ${path}, which is not there`, { hint: 'apt-get install ovmf' });
  }
  files.copyFile(UEFI.settings, uefiSettings);
}

/** dnsmasq learns of nodes that came into the tables since `up`. */
async function serveDhcp(system: System, lab: Lab, cluster: Cluster): Promise<void> {
  const { dhcpHosts } = labPaths(lab.directory);
  const text = renderDhcpHosts(cluster, cluster.nodes);
  if (system.files.readText(dhcpHosts) === text) return;
  system.files.writeAtomic(dhcpHosts, text);
  const pid = keeperReport(system, lab).services.find(({ name }) => name === 'dnsmasq')?.pid;
  if (pid !== undefined) await runInside(system, lab, 'kill', '-HUP', String(pid));
}

async function runInside(system: System, lab: Lab, ...command: readonly [string, ...string[]]): Promise<void> {
  const [program, ...args] = inside(lab, ...command);
  await system.run(program, args);
}

interface Caught<T> {
  readonly value?: T;
  readonly error?: StateliteError;
}

async function caught<T>(work: () => Promise<T>): Promise<Caught<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof StateliteError) return { error };
    throw error;
  }
}

/** Waits for all, then throws what went wrong, all of it. */
async function together(works: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.all(works.map((work) => caught(() => work)));
  throwProblems(results.flatMap(({ error }) => error ?? []), 'nodes are not up');
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
