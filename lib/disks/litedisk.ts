import { randomBytes } from 'node:crypto';
import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { armWipe, disarmWipe, readDisks, readWipes, WIPE_HOURS, type SeenDisks } from '../db/disks.ts';
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
  if (cancel && await disarmWipe(database, node)) return { exitCode: 0, output: `${node}: no wipe is armed any more` };
  const cluster = await loadCluster(database, context.system.files);
  const [name, ...more] = expandNoderange(cluster, node);
  if (name !== node || more.length > 0) throw new StateliteError('USAGE', `a wipe is armed for one node, found ${node}`, { hint: 'litedisk wipe n01 --once' });
  if (cancel) return { exitCode: 1, output: `${node}: no wipe was armed` };
  const disks = disksOf(cluster, node, cluster.imageOf(node));
  const chosen = chosenDisk(node, disks, disk);
  if (isExisting(chosen)) throw new StateliteError('USAGE', `${chosen.disk} is not made by statelite (its partition file has no enablepart=yes for it): there is nothing to wipe it for`, { hint: 'write enablepart=yes and a [disk] section, or clear the disk by other means' });
  const selector = chosen.disk;
  const [last] = await readDisks(database, [node]);
  const [before] = await readWipes(database, [node]);
  const id = randomBytes(8).toString('hex');
  const next = decide(disks, last?.disks ?? [], { id, disk: selector })[disks.indexOf(chosen)];
  context.notice(`${node}: ALL that is on ${selector} would be lost: ${last === undefined ? 'no boot has told what is on it' : whatIsOn(next, last)}`);
  if (last !== undefined && next?.action === 'refuse') context.notice(`${node}: as it was at that boot, it would be refused all the same: ${next.why}`);
  if (before !== undefined) context.notice(`${node}: one wipe is armed at a time: that of ${before.disk} (${before.id}) would be taken back`);
  const answer = yes ?? (canAsk() ? await ask(`Type the name of the node to arm one wipe at its next boot`) : undefined);
  if (answer === undefined) throw new StateliteError('USAGE', 'a wipe must be confirmed, and there is no terminal to ask on', { hint: `litedisk wipe ${node} --once --yes ${node}` });
  if (answer !== node) throw new StateliteError('USAGE', `"${answer}" is not ${node}: nothing is armed`, { hint: `litedisk wipe ${node} --once --yes ${node}` });
  await armWipe(database, { node, id, disk: selector });
  return { exitCode: 0, output: `${node}: the next boot within ${WIPE_HOURS} hours wipes ${selector} once (${id}); litedisk wipe ${node} --cancel takes it back` };
}

// --- internal ---

function chosenDisk(node: string, disks: readonly DiskPlan[], disk: string | undefined): DiskPlan {
  const names = disks.map((one) => one.disk).join(', ');
  const [only, ...more] = disk === undefined ? disks : disks.filter((one) => one.disk === disk);
  if (disks.length === 0) throw new StateliteError('NO_DISK', `${node} has no disk layout`, { hint: `chtab node=${node} localdisk.layout=<layout>` });
  if (only === undefined) throw new StateliteError('USAGE', `no layout of ${node} names the disk ${disk ?? ''}`, { hint: `--disk takes one of ${names}` });
  if (more.length > 0) throw new StateliteError('USAGE', `${node} has ${disks.length} disks: ${names}`, { hint: `litedisk plan ${node} shows what is on them; litedisk wipe ${node} --once --disk <one of them>` });
  return only;
}

function whatIsOn(decision: Decision | undefined, { disks, seen }: SeenDisks): string {
  const fact = disks.find(({ device }) => device === decision?.device);
  return `${fact === undefined ? 'it is not known which disk that is' : `${fact.device}, ${fact.mib} MiB, ${fact.text}`} (as seen at the boot of ${localTime(seen)})`;
}

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
  const unseen = disks.every(isExisting) ? 'partitions that hold what is said are used, nothing is made' : 'a blank one is made, one that fits is used, all else is refused';
  const head = seen === undefined ? `${node}: no boot has told of its disks; ${unseen}` : `${node}: as seen at the boot of ${localTime(seen)}`;
  return [head, ...disks.flatMap((plan, index) => {
    const { disk } = plan;
    const decision = decisions?.[index];
    const what = decision === undefined ? '' : `: ${decision.device ?? 'it'} ${ACTIONS[decision.action]}: ${decision.why}`;
    const hint = !isExisting(plan) && decision?.action === 'refuse' && decision.device !== undefined && !decision.why.includes('too small')
      ? [`        to let the next boot wipe it once: litedisk wipe ${node} --once${disks.length > 1 ? ` --disk '${disk}'` : ''}`] : [];
    return [`    ${disk}${what}`, ...hint, ...describeParts(plan).map((part) => `        ${part}`)];
  }), ...wipe === undefined ? [] : [`    a wipe of ${wipe.disk} is armed (${wipe.id}); litedisk wipe ${node} --cancel takes it back`]];
}
