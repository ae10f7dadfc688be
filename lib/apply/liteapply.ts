import { freshManifest } from '../boot/fresh-manifest.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { remember } from '../cluster/remember.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { createOverlays } from '../overlay/overlays.ts';
import type { BootPlan } from '../plan/boot-plan.ts';
import { compilePlan } from '../plan/compile.ts';
import { describeChange, type Change } from '../plan/diff.ts';
import { createPlanReader } from '../plan/parse.ts';
import { runScriptOn } from '../power/node-shell.ts';
import { attemptAtOnce, refusalFacts, refusalLines, settled } from '../refusals.ts';
import { asset } from '../system/assets.ts';
import type { System } from '../system/system.ts';
import { liveChange } from './live-change.ts';
import { readOutcomes, writeOrder, type LiveOutcome, type OrderOptions } from './order.ts';

export interface LiteapplyRequest extends OrderOptions {
  readonly noderange: string;
  /** Milliseconds that a node may take. */
  readonly timeout: number;
  readonly json: boolean;
}

/**
 * Brings running nodes nearer to what they would get at their next boot: makes `ro` and `con` rows anew from their sources, adds new rows, and says
 * what only a boot brings. What a node has changed itself, and files that a process has open, are named and left alone unless `force`; `dryRun`
 * changes nothing. Exit 1 when a node refused, or something was left alone or failed.
 */
export async function liteapply({ system, notice }: Context, cluster: Cluster, { noderange, dryRun, force, timeout, json }: LiteapplyRequest): Promise<Result> {
  const nodes = expandNoderange(cluster, noderange);
  const overlays = createOverlays(system);
  const manifestOf = remember((image: OsImage) => settled(() => freshManifest(system.files, cluster, image)));
  const planOf = (node: string, image: OsImage): BootPlan => {
    const manifest = manifestOf(image)();
    return compilePlan(cluster, node, image, manifest.rows, () => overlays.partsOf(cluster, node, image, manifest));
  };
  const { done, refused } = await attemptAtOnce(nodes, AT_ONCE, (node) => applyTo(system, cluster, node, planOf, { dryRun, force }, timeout));
  for (const line of refusalLines(refused)) notice(line);
  const isLeft = done.some(({ outcomes }) => outcomes.some(({ outcome }) => LEFT.has(outcome)));
  const output = json ? toJson([...done, ...refusalFacts(refused)]) : done.flatMap(lines).join('\n');
  return { exitCode: refused.length > 0 || isLeft ? 1 : 0, output };
}

// --- internal ---

/** Nodes that are talked to at a time. */
const AT_ONCE = 32;

const LEFT: ReadonlySet<LiveOutcome['outcome']> = new Set(['changed-here', 'in-use', 'failed']);

interface Applied {
  readonly node: string;
  readonly outcomes: readonly LiveOutcome[];
  /** What only a boot brings. */
  readonly atBoot: readonly Change[];
  readonly said: readonly string[];
}

async function applyTo(system: System, cluster: Cluster, node: string, planOf: (node: string, image: OsImage) => BootPlan, options: OrderOptions, timeout: number): Promise<Applied> {
  const image = cluster.imageOf(node);
  const wanted = planOf(node, image);
  const end = system.clock.now() + timeout;
  const { stdout, stderr } = await runScriptOn(system, cluster, node, 'cat /.statelite/plan', timeout);
  if (stdout.trim() === '') throw refuse(node, `it shows no plan: ${stderr.trim() || 'there is no /.statelite/plan'}`);
  const running = createPlanReader()(`${stdout.trimEnd()}\n`, `/.statelite/plan of ${node}`);
  if (running.image !== image.name) throw refuse(node, `it runs ${running.image}, and its next boot is ${image.name}`);
  const change = liveChange(running, wanted);
  if (change.rows.length === 0) return { node, outcomes: [], atBoot: change.atBoot, said: [] };
  const order = writeOrder(change, options, system.files.readText(asset('add-on/statelite/apply-live')));
  const answer = await runScriptOn(system, cluster, node, order, Math.max(1000, end - system.clock.now())).catch((error: unknown) => { throw options.dryRun ? error : inPart(error); });
  const { outcomes, said, refused } = readOutcomes(answer.stdout);
  if (refused !== undefined) throw refuse(node, [refused, ...said, answer.stderr.trim()].filter((text) => text !== '').join('; '));
  return { node, outcomes, atBoot: change.atBoot, said };
}

const refuse = (node: string, why: string): StateliteError => new StateliteError('SERVICE_REFUSED', `${node}: ${why}`, { hint: `a boot brings the plan that liteplan ${node} shows` });

/** What a node that fell silent has done nobody knows. */
function inPart(error: unknown): unknown {
  if (!(error instanceof StateliteError) || error.code !== 'NODE_UNREACHABLE') return error;
  return new StateliteError(error.code, `${error.message}; a part may be done, the next liteapply goes on from there`, { hint: error.hint, cause: error });
}

const TEXTS: Readonly<Record<LiveOutcome['outcome'], string>> = {
  same: '',
  'would-refresh': 'would be made anew from its sources',
  'would-add': 'would be added',
  refreshed: 'made anew from its sources',
  added: 'added',
  'added-unseen': 'added; the node still sees what was at the path before, until its NFS client looks again',
  'changed-here': 'LEFT: the node itself has changed it since it was made; --force makes it anew all the same',
  'in-use': 'LEFT: in use',
  failed: 'FAILED',
};

function lines({ node, outcomes, atBoot, said }: Applied): readonly string[] {
  const told = outcomes.filter(({ outcome }) => outcome !== 'same').map(({ path, outcome, pid }) =>
    `${path}: ${TEXTS[outcome]}${pid === undefined ? '' : ` by process ${pid}; --force does it all the same`}`);
  const failed = outcomes.some(({ outcome }) => outcome === 'failed') ? said : [];
  const all = [...told, ...failed, ...atBoot.map((change) => `at its next boot: ${describeChange(change)}`)];
  return (all.length === 0 ? ['nothing to do'] : all).map((line) => `${node}: ${line}`);
}
