import { join } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { createCluster } from '../cluster/create.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { remember } from '../cluster/remember.ts';
import { isYes } from '../cluster/yes.ts';
import { type Context, type Result, toJson } from '../command.ts';
import type { Database } from '../db/database.ts';
import { newToken, saveTokens } from '../db/tokens.ts';
import { gather } from '../errors.ts';
import { createOverlays } from '../overlay/overlays.ts';
import { renderPlan } from '../plan/render.ts';
import type { Files } from '../system/files.ts';
import { applyBootFileOperations, bootFileOperations, type BootFileOperation, bootState, lookAtBootFiles, stageBootFiles } from './boot-files.ts';
import { type BootImage, imageNamed, inspectImage, publishOperations } from './boot-image.ts';
import { ensureLoaderPrograms } from './loader-programs.ts';
import { archiveOperations, removeArchives } from './overlay-archives.ts';
import { bootPlace, localBoot, networkBoot, type NodeBoot, type NodeMakers, type NodeState, nodeState } from './node-boot.ts';
import type { ImageAction, NodesetAction } from './nodeset-action.ts';
import { rowChanges, withImages, writeChanges } from './nodeset-tables.ts';
import { type Attempts, attemptEach, type Refusal, refusalFacts, refusalLines, settled } from '../refusals.ts';
import { openTemplates } from './render.ts';

export interface NodesetRequest {
  readonly noderange: string;
  readonly action: NodesetAction;
  readonly json: boolean;
}

/**
 * Says what nodes do at their next boot. A node that cannot is refused by name on stderr, the others are still done, and the exit code
 * is 1. Kernel and initrd come first, the boot-loader file last: a node that boots meanwhile finds the old state or the new one.
 */
export async function nodeset(context: Context, database: Database, { noderange, action, json }: NodesetRequest): Promise<Result> {
  const work = async (): Promise<Result> => {
    const cluster = createCluster(await database.read(), context.system.files);
    const { states, refused } = await carryOut(context, database, cluster, expandNoderange(cluster, noderange), action);
    for (const line of refusalLines(refused)) context.notice(line);
    const output = json ? toJson([...states, ...refusalFacts(refused)]) : states.map(({ node, state }) => `${node}: ${state}`).join('\n');
    return { exitCode: refused.length === 0 ? 0 : 1, output };
  };
  return action.kind === 'stat' ? work() : database.lock('nodeset', work, (holder) => context.notice(`Waiting for another nodeset: ${holder}`));
}

// --- internal ---

interface Outcome {
  readonly states: readonly NodeState[];
  readonly refused: readonly Refusal[];
}

async function carryOut(context: Context, database: Database, cluster: Cluster, nodes: readonly string[], action: NodesetAction): Promise<Outcome> {
  const { files } = context.system;
  if (action.kind === 'stat') {
    const present = lookAtBootFiles(files, tftpdirOf(cluster));
    return { states: nodes.map((node) => ({ node, state: bootState(present, node) ?? 'offline' })), refused: [] };
  }
  if (action.kind === 'offline') return offline(files, database, cluster, nodes);
  const render = await openTemplates(files, cluster.site('installdir') ?? '');
  const attempts = action.kind === 'image' ? networkBoots(files, cluster, nodes, action, { render, overlays: createOverlays(context.system) }) : attemptEach(nodes, (node) => localBoot(cluster, node, render));
  return put(context, database, cluster, attempts);
}

/** Takes the boot-loader files away. */
async function offline(files: Files, database: Database, cluster: Cluster, nodes: readonly string[]): Promise<Outcome> {
  applyBootFileOperations(files, bootFileOperations(lookAtBootFiles(files, tftpdirOf(cluster)), new Map(nodes.map((node) => [node, undefined]))));
  const states = nodes.map((node) => ({ node, state: 'offline' }));
  if (wantsTokens(cluster)) await saveTokens(database, new Map(nodes.map((node) => [node, undefined])));
  await writeChanges(database, rowChanges(cluster, states));
  return { states, refused: [] };
}

/** How each node boots its image, made from the tables as they will be once nodetype names that image. */
function networkBoots(files: Files, cluster: Cluster, nodes: readonly string[], action: ImageAction, makers: NodeMakers): Attempts<NodeBoot> {
  const { image: name, shell } = action;
  const images = new Map<string, OsImage>();
  const named = attemptEach(nodes, (node) => images.set(node, name === undefined ? cluster.imageOf(node) : imageNamed(cluster, name)));
  const after = createCluster(withImages(cluster.tables, images), files);
  const inspect = remember((image: OsImage) => settled(() => inspectImage(files, after, image)));
  const boots = [...images].map(([node, image]) => attemptEach([node], () => {
    const [ready, place] = gather(inspect(image), () => bootPlace(after, node));
    return networkBoot(after, node, ready, place, { shell, token: wantsTokens(after) ? newToken() : undefined }, makers);
  }));
  return { done: boots.flatMap(({ done }) => done), refused: [...named.refused, ...boots.flatMap(({ refused }) => refused)] };
}

/** Puts all in place, the boot-loader files last. All new files are on disk before the tables change: what fails before that, a full disk say, changes nothing a node boots by. */
async function put({ system: { files }, notice }: Context, database: Database, cluster: Cluster, { done, refused }: Attempts<NodeBoot>): Promise<Outcome> {
  const tftpdir = tftpdirOf(cluster);
  const architectures = new Set(done.map(({ network }) => network?.image.image.arch ?? 'x86_64'));
  for (const line of ensureLoaderPrograms(files, tftpdir, new Set(done.map(({ file }) => file.loader)), architectures)) notice(line);
  const states = done.map(nodeState);
  const staged = stageBootFiles(files, [
    ...publishAll(files, tftpdir, done.flatMap(({ network }) => network?.image ?? [])),
    ...archiveOperations(files, done),
    ...done.flatMap((boot) => planOperations(files, boot)),
    ...bootFileOperations(lookAtBootFiles(files, tftpdir), new Map(done.map(({ node, file }) => [node, file]))),
  ]);
  try {
    if (wantsTokens(cluster)) await saveTokens(database, new Map(done.map(({ node, network }) => [node, network?.token])));
    await writeChanges(database, rowChanges(cluster, states));
  } catch (error) {
    staged.discard();
    throw error;
  }
  staged.commit();
  removeArchives(files, done);
  return { states, refused };
}

/** Kernels and initrds, each once: several images may share theirs. */
function publishAll(files: Files, tftpdir: string, images: readonly BootImage[]): readonly BootFileOperation[] {
  const operations = [...new Set(images)].flatMap((image) => publishOperations(files, tftpdir, image));
  return [...new Map(operations.map((operation) => [operation.path, operation])).values()];
}

/** The copy of the plan, with the node's own files, that a node reads from beside its image when no server answers. */
function planOperations(files: Files, { node, network }: NodeBoot): readonly BootFileOperation[] {
  if (network === undefined) return [];
  const path = join(network.image.image.directory, 'plans', node);
  const own = network.plan.overlays?.find(({ kind }) => kind === 'own');
  const content = (): string => `${own === undefined ? '' : network.content(own).toString('latin1')}${renderPlan(network.plan)}`;
  return files.readTextIfThere(path) === content() ? [] : [{ kind: 'write', path, content }];
}

const wantsTokens = (cluster: Cluster): boolean => isYes(cluster.site('nodetoken'));

const tftpdirOf = (cluster: Cluster): string => cluster.site('tftpdir') ?? '';
