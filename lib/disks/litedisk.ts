import { randomBytes } from 'node:crypto';
import type { Cluster } from '../cluster/cluster.ts';
import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { armWipe, disarmWipe, readDisks, readWipes, WIPE_HOURS } from '../db/disks.ts';
import { StateliteError } from '../errors.ts';
import { attemptEach, refusalLines } from '../refusals.ts';
import { localTime } from '../stat/render.ts';
import { ask, canAsk } from '../system/ask.ts';
import { decide, type Decision } from './decide.ts';
import { describeParts } from './describe.ts';
import { isExisting, type DiskPlan } from './disk-plan.ts';
import { disksOf } from './node-disks.ts';

/** litedisk plan: what the next boot of each node would do with its disks, as they were at its last boot. Changes nothing. */
export async function planDisks(context: Context, database: Database, noderange: string, json: boolean): Promise<Result> {
  const cluster = await loadCluster(database, context.system.files);
  const nodes = expandNoderange(cluster, noderange);
  const seen = new Map((await readDisks(database, nodes)).map((one) => [one.node, one]));
  const wipes = new Map((await readWipes(database, nodes)).map((wipe) => [wipe.node, wipe]));
  const { done, refused } = attemptEach(nodes, (node) => {
    const disks = disksOf(cluster, node, cluster.imageOf(node));
    const last = seen.get(node);
    const wipe = wipes.get(node);
    return { node, disks, ...(wipe === undefined ? {} : { wipe: { id: wipe.id, disk: wipe.disk } }), ...(last === undefined ? {} : { seen: last.seen, decisions: decide(disks, last.disks, wipe) }) };
  });
  for (const line of refusalLines(refused)) context.notice(line);
  const exitCode = refused.length > 0 ? 1 : 0;
  if (json) return { exitCode, output: toJson(done.map(({ seen: at, ...plan }) => ({ ...plan, ...(at === undefined ? {} : { seen: new Date(at).toISOString() }) }))) };
  return { exitCode, output: done.flatMap((plan) => planText(plan)).join('\n') };
}

export interface WipeRequest {
  readonly node: string;
  /** The disk as the layout names it; needed when the node has several. */
  readonly disk: string | undefined;
  /** The node's name once more, in place of the question. */
  readonly yes: string | undefined;
  readonly cancel: boolean;
}

/** litedisk wipe: arms one wipe of one disk of one node, or takes it back. Throws USAGE, LAYOUT_INVALID, NO_DISK, and INTERRUPTED for another answer than the node's name. */
export async function wipeDisk(context: Context, database: Database, { node, disk, yes, cancel }: WipeRequest): Promise<Result> {
  if (cancel) return await disarmWipe(database, node) ? { exitCode: 0, output: `${node}: no wipe is armed any more` } : { exitCode: 1, output: `${node}: no wipe was armed` };
  const cluster = await loadCluster(database, context.system.files);
  const [name, ...more] = expandNoderange(cluster, node);
  if (name !== node || more.length > 0) throw new StateliteError('USAGE', `a wipe is armed for one node, found ${node}`, { hint: 'litedisk wipe n01 --once' });
  const chosen = chosenDisk(cluster, node, disk);
  if (isExisting(chosen)) throw new StateliteError('USAGE', `${chosen.disk} is not made by statelite (its partition file has no enablepart=yes for it): there is nothing to wipe it for`, { hint: 'write enablepart=yes and a [disk] section, or clear the disk by other means' });
  const selector = chosen.disk;
  const [last] = await readDisks(database, [node]);
  const found = last === undefined ? 'no boot has told what is on it' : describe(decide([chosen], last.disks)[0], last.seen);
  context.notice(`${node}: ALL that is on ${selector} would be lost: ${found}`);
  const answer = yes ?? (canAsk() ? await ask(`Type the name of the node to arm one wipe at its next boot`) : undefined);
  if (answer === undefined) throw new StateliteError('USAGE', 'a wipe must be confirmed, and there is no terminal to ask on', { hint: `litedisk wipe ${node} --once --yes ${node}` });
  if (answer !== node) throw new StateliteError('USAGE', `"${answer}" is not ${node}: nothing is armed`, { hint: `litedisk wipe ${node} --once --yes ${node}` });
  const id = randomBytes(8).toString('hex');
  await armWipe(database, { node, id, disk: selector });
  return { exitCode: 0, output: `${node}: the next boot within ${WIPE_HOURS} hours wipes ${selector} once (${id}); litedisk wipe ${node} --cancel takes it back` };
}

// --- internal ---

function chosenDisk(cluster: Cluster, node: string, disk: string | undefined): DiskPlan {
  const disks = disksOf(cluster, node, cluster.imageOf(node));
  const names = disks.map((one) => one.disk).join(', ');
  const [only, ...more] = disk === undefined ? disks : disks.filter((one) => one.disk === disk);
  if (disks.length === 0) throw new StateliteError('NO_DISK', `${node} has no disk layout`, { hint: `chtab node=${node} localdisk.layout=<layout>` });
  if (only === undefined) throw new StateliteError('USAGE', `no layout of ${node} names the disk ${disk ?? ''}`, { hint: `--disk takes one of ${names}` });
  if (more.length > 0) throw new StateliteError('USAGE', `${node} has ${disks.length} disks: ${names}`, { hint: `litedisk wipe ${node} --once --disk '${only.disk}'` });
  return only;
}

const describe = (decision: Decision | undefined, seen: number): string =>
  `${decision?.device ?? 'no disk'}${decision === undefined ? '' : `, ${decision.why}`} (as seen at the boot of ${localTime(seen)})`;

interface NodePlan {
  readonly node: string;
  readonly disks: readonly DiskPlan[];
  readonly wipe?: { readonly id: string; readonly disk: string };
  readonly seen?: number;
  readonly decisions?: readonly Decision[];
}

const ACTIONS: Readonly<Record<Decision['action'], string>> = { create: 'is made', complete: 'is made again', use: 'is used as it is', wipe: 'is WIPED and made', refuse: 'is REFUSED, nothing is touched' };

function planText({ node, disks, seen, decisions, wipe }: NodePlan): readonly string[] {
  if (disks.length === 0) return [`${node}: no local disk`];
  const head = seen === undefined ? `${node}: no boot has told of its disks; a blank one is made, one that fits is used, all else is refused` : `${node}: as seen at the boot of ${localTime(seen)}`;
  return [head, ...disks.flatMap((plan, index) => {
    const { disk } = plan;
    const decision = decisions?.[index];
    const what = decision === undefined ? '' : `: ${decision.device ?? 'it'} ${ACTIONS[decision.action]}: ${decision.why}`;
    const hint = !isExisting(plan) && decision?.action === 'refuse' && decision.device !== undefined && !decision.why.includes('too small')
      ? [`        to let the next boot wipe it once: litedisk wipe ${node} --once${disks.length > 1 ? ` --disk '${disk}'` : ''}`] : [];
    return [`    ${disk}${what}`, ...hint, ...describeParts(plan).map((part) => `        ${part}`)];
  }), ...wipe === undefined ? [] : [`    a wipe of ${wipe.disk} is armed (${wipe.id}); litedisk wipe ${node} --cancel takes it back`]];
}
