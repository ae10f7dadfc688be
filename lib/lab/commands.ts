import type { Cluster } from '../cluster/cluster.ts';
import { done, failed, toJson, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { readDisks, type LabDisk } from './disks.ts';
import { LAB_FIRMWARE, type LabFirmware } from './bootable.ts';
import { labLayout, missingIn } from './layout.ts';
import { findLab, requireLab, type Lab } from './instance.ts';
import { readNics, type LabNic } from './nics.ts';
import type * as NodeActions from './node.ts';

export interface LitelabArgs {
  readonly action: string;
  readonly words: readonly string[];
  /** Seconds. */
  readonly timeout: string | undefined;
  /** MiB. */
  readonly memory: string | undefined;
  readonly firmware: string | undefined;
  /** Sizes of disks, `1G` or `nvme:2G`; `none`. */
  readonly disks: readonly string[] | undefined;
  /** Where cables of network cards lead: `lab`, `vlan5`, `dead`, `stray`. */
  readonly nics: readonly string[] | undefined;
  readonly json: boolean | undefined;
}

/** Carries out one action of litelab. Throws USAGE, LAB and what the parts throw. */
export async function litelab(args: LitelabArgs, context: Context): Promise<Result> {
  const action = ACTIONS[args.action];
  if (action === undefined) throw usage(`there is no action ${args.action}`);
  return action(args, context);
}

// --- internal ---

type Action = (args: LitelabArgs, context: Context) => Promise<Result>;

const ACTIONS: Readonly<Record<string, Action>> = {
  up: startLab,
  boot: (args, context) => withNodes(args, context, 300, async ({ bootNodes }, lab, cluster, nodes, options) => {
    tellMissing(lab, cluster, context.notice);
    const [{ withDatabase }, { savePowerOn }] = await Promise.all([import('../db/open.ts'), import('../db/boots.ts')]);
    await withDatabase(context.system, (database) => savePowerOn(database, nodes, context.system.clock.now()));
    await bootNodes(context.system, lab, cluster, nodes, options);
  }),
  wait: (args, context) => withNodes(args, context, 300, async ({ waitForNodes }, lab, _cluster, nodes, options) => waitForNodes(context.system, lab, nodes, options)),
  reboot: (args, context) => withNodes(args, context, 300, async ({ rebootNodes }, lab, cluster, nodes, options) => rebootNodes(context.system, lab, cluster, nodes, options)),
  off: (args, context) => withNodes(args, context, 30, async ({ offNodes }, lab, _cluster, nodes) => {
    const were = await offNodes(context.system, lab, nodes);
    for (const node of nodes) context.print(`${node}: ${were.includes(node) ? 'off' : 'was off'}`);
  }),
  status: showStatus,
  console: async ({ words }, { system, notice }) => {
    const { joinConsole } = await import('./console.ts');
    await joinConsole(requireLab(system), onlyWord(words, 'console NODE'), notice);
    return done();
  },
  run: async ({ words: [node, ...command], timeout }, { system, notice }) => {
    if (node === undefined || command.length === 0) throw usage('run needs a node and a command');
    const { runOn } = await import('./shell.ts');
    const { exitCode, stdout, stderr } = await runOn(system, requireLab(system), node, command.join(' '), seconds(timeout, 60));
    if (stderr !== '') notice(stderr.replace(/\n$/, ''));
    if (exitCode > 1) notice(`${node}: exit code ${exitCode}`);
    return { exitCode: exitCode === 0 ? 0 : 1, output: stdout.replace(/\n$/, '') };
  },
  down: async ({ words }, { system }) => {
    noWords(words, 'down');
    const { down } = await import('./lab.ts');
    return done(await down(system) ? 'the lab is down' : 'the lab was not up');
  },
  quickstart: async ({ words, json }, context) => {
    noWords(words, 'quickstart');
    const { quickstart } = await import('./quickstart.ts');
    return quickstart(context, json ?? false);
  },
  // Process 1 of the lab, started by `up`.
  keeper: async ({ words }, { system }) => {
    const { keep } = await import('./keeper.ts');
    const spec = JSON.parse(system.files.readText(onlyWord(words, 'keeper FILE'))) as Parameters<typeof keep>[1];
    await keep(system, spec);
    return failed();
  },
};

async function startLab({ words, json }: LitelabArgs, { system, notice }: Context): Promise<Result> {
  noWords(words, 'up');
  const [{ withDatabase }, { loadCluster }, { up }, { interruptible }] = await Promise.all([
    import('../db/open.ts'), import('../cluster/load.ts'), import('./lab.ts'), import('../system/interrupt.ts'),
  ]);
  const lab = await interruptible((signal) => withDatabase(system, (database) => database.lock(
    'litelab', async () => up(system, await loadCluster(database), { notice, signal }), (holder) => notice(`waiting for ${holder}, which is starting the lab`),
  )));
  return done(json ? toJson(lab) : describe(lab));
}

async function showStatus({ words, json }: LitelabArgs, { system }: Context): Promise<Result> {
  noWords(words, 'status');
  const lab = findLab(system);
  if (lab === undefined) return failed(json ? toJson({ up: false }) : 'the lab is not up');
  const [{ keeperReport }, { nodeStatus }] = await Promise.all([import('./lab.ts'), import('./node.ts')]);
  const { services } = keeperReport(system, lab);
  const nodes = await nodeStatus(lab);
  const lines = [
    describe(lab),
    ...services.map(({ name, state, reason }) => `service ${name}: ${state}${reason === undefined ? '' : `, ${reason}`}`),
    ...nodes.map(({ node, state, seconds: taken }) => `${node}: ${state}${taken === undefined ? '' : ` in ${taken.toFixed(1)} s`}`),
  ];
  const output = json ? toJson({ up: true, ...lab, services, nodes }) : lines.join('\n');
  return services.every(({ state }) => state === 'up') ? done(output) : failed(output);
}

/** The tables may have changed since `up`; nodes that need what is missing would hang. */
function tellMissing(lab: Lab, cluster: Cluster, notice: Context['notice']): void {
  for (const what of missingIn(lab.layout, labLayout(cluster))) notice(`Warning: the tables name ${what}, which this lab does not have (litelab down, then up, reads them again)`);
}

function describe({ layout, since }: Lab): string {
  const { network, prefix, addresses, exports } = layout;
  return [
    `the lab is up since ${new Date(since).toISOString().slice(0, 19).replace('T', ' ')} UTC: network ${network}/${prefix}, servers ${addresses.join(' ')}`,
    ...exports.map(({ path, writable }) => `export ${path} ${writable ? 'read-write' : 'read-only'}`),
  ].join('\n');
}

interface NodeOptions {
  readonly timeout: number;
  readonly memory: number;
  readonly firmware?: LabFirmware;
  readonly disks?: readonly LabDisk[];
  readonly nics?: readonly LabNic[];
  readonly onUp: (node: string, seconds: number) => void;
  readonly signal: AbortSignal;
}

/** Runs an action on the nodes of the noderange, in the lab that is up, with the tables as they are now. */
async function withNodes(
  { words, timeout, memory, firmware, disks, nics }: LitelabArgs, { system, print }: Context, patience: number,
  work: (nodes: typeof NodeActions, lab: Lab, cluster: Cluster, names: readonly string[], options: NodeOptions) => Promise<void>,
): Promise<Result> {
  const range = onlyWord(words, 'boot|wait|reboot|off NODERANGE');
  const asked = {
    ...(firmware === undefined ? {} : { firmware: firmwareNamed(firmware) }), ...(disks === undefined ? {} : { disks: readDisks(disks) }), ...(nics === undefined ? {} : { nics: readNics(nics) }),
  };
  const lab = requireLab(system);
  const [{ withDatabase }, { loadCluster }, { expandNoderange }, { interruptible }, node] = await Promise.all([
    import('../db/open.ts'), import('../cluster/load.ts'), import('../cluster/noderange.ts'), import('../system/interrupt.ts'), import('./node.ts'),
  ]);
  const cluster = await withDatabase(system, loadCluster);
  const names = expandNoderange(cluster, range);
  const onUp = (name: string, taken: number): void => print(`${name}: up in ${taken.toFixed(1)} s`);
  await interruptible((signal) => work(node, lab, cluster, names, { timeout: seconds(timeout, patience), memory: positive(memory, 1024, '--memory'), ...asked, onUp, signal }));
  return done();
}

const usage = (message: string): StateliteError => new StateliteError('USAGE', message, { hint: 'litelab --help shows the usage' });

function onlyWord(words: readonly string[], form: string): string {
  const [word, more] = words;
  if (word === undefined || more !== undefined) throw usage(`wanted: litelab ${form}`);
  return word;
}

function noWords(words: readonly string[], action: string): void {
  if (words.length > 0) throw usage(`litelab ${action} takes no arguments, found ${words.join(' ')}`);
}

function firmwareNamed(text: string): LabFirmware {
  const firmware = LAB_FIRMWARE.find((each) => each === text);
  if (firmware !== undefined) return firmware;
  throw usage(`--firmware is "${text}", wanted one of ${LAB_FIRMWARE.join(', ')}`);
}

const seconds = (text: string | undefined, otherwise: number): number => positive(text, otherwise, '--timeout') * 1000;

function positive(text: string | undefined, otherwise: number, option: string): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw usage(`${option} is "${String(text)}", wanted a number above 0`);
}
