import { createCluster } from '../cluster/create.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import type { Context, Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { interruptible } from '../system/interrupt.ts';
import { showCount } from '../progress.ts';
import { asset } from '../system/assets.ts';
import type { Files } from '../system/files.ts';
import { applyOperations } from './apply.ts';
import { compareImage, type Comparison } from './compare.ts';
import { imagePolicy } from './image-policy.ts';
import { joinScript } from './join-script.ts';
import { SCRIPTS } from './layout.ts';
import { readPast, type Past } from './manifest.ts';
import { needsOf, type Needs } from './needs.ts';
import { inDetail, report, reportCheck, type Job } from './report.ts';
import { finishReplacing } from './replace.ts';
import { findRootimg } from './rootimg.ts';
import { findTarget, type ImageRequest, type Target } from './target.ts';
import { ImageTree } from './tree.ts';

export interface LiteimgRequest extends ImageRequest {
  readonly dryRun: boolean;
  readonly undo: boolean;
  /** Only says whether the tree is what the table asks for. */
  readonly check: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/**
 * Brings an image's tree to what the litefile table asks for, or with `undo` back to what it was; with `check` exits with 1 when it is not.
 * All problems are told before anything is touched; a second run changes nothing; one run at a time works on an image.
 */
export async function liteimg(context: Context, database: Database, request: LiteimgRequest): Promise<Result> {
  const { files } = context.system;
  const { image: { name } } = findTarget(files, await readTables(database, IMAGE_TABLES), request);
  const work = async (): Promise<Result> => {
    const cluster = await readTables(database, [...IMAGE_TABLES, 'litefile', 'disklayout', 'overlays']);
    const target = findTarget(files, cluster, request);
    if (!request.dryRun && !request.check) finishReplacing(files, target.image, context.notice);
    const rootimg = findRootimg(files, target.image);
    const job: Job = { rootimg, image: target.image.name, comparison: compare(files, rootimg, cluster, target.image, request.undo) };
    for (const { text } of job.comparison.notices) context.notice(`Notice: ${text}`);
    if (request.check) return reportCheck(job, request);
    if (request.dryRun) return report(job, request);
    await writeRows(database, target);
    await carryOut(context, job, request);
    return report(job, request);
  };
  return request.dryRun || request.check ? work() : database.lock(`image:${name}`, work, (holder) => context.notice(`waiting: ${holder} works on ${name}`));
}

// --- internal ---

const IMAGE_TABLES = ['site', 'osimage', 'linuximage'] as const;

const readTables = async (database: Database, names: readonly string[]): Promise<Cluster> => createCluster(await database.read(names));

const shipped = (files: Files) => (name: string): Buffer => joinScript(files, asset(name));

function compare(files: Files, rootimg: string, cluster: Cluster, image: OsImage, undo: boolean): Comparison {
  const past = readPast(files, rootimg);
  const tree = new ImageTree(files, rootimg);
  const scripts = SCRIPTS.map((script) => ({ ...script, content: shipped(files)(script.asset) }));
  if (undo) return compareImage(tree, { policy: 'original', scripts }, past);
  const policy = imagePolicy(tree, cluster, image, past);
  const needs = needsOf(cluster, image);
  if (policy.rows.length === 0) refuseEmpty(image.name, past, needs);
  const comparison = compareImage(tree, { policy, scripts, mounts: needs.mounts }, past);
  return { ...comparison, notices: [...policy.notices, ...comparison.notices] };
}

/** No row at all is most likely a table that was lost, unless local disks or overlays want the image; what rows made before is taken back by --undo only. */
function refuseEmpty(name: string, { manifest }: Past, { any }: Needs): void {
  const had = manifest?.rows.length ?? 0;
  if (any && had === 0) return;
  const missing = 'no enabled litefile row is for this image, one of its groups or ALL';
  if (any) throw new StateliteError('LITEFILE_INVALID', `There are no files to sync for ${name}: ${missing}, and it was made for ${had}`, { hint: `if that is meant: liteimg --undo ${name}, then liteimg ${name} for local disks and overlays` });
  throw new StateliteError('LITEFILE_INVALID', `There are no files to sync for ${name}: ${missing}, and no local disks or overlays are`, {
    hint: manifest === undefined ? 'tabrestore litefile.csv, or chtab image=ALL file=/var/ litefile.options=' : `to have the original image back: liteimg --undo ${name}`,
  });
}

async function writeRows(database: Database, { rows }: Target): Promise<void> {
  if (rows === undefined) return;
  await database.write(async (writer) => {
    await writer.upsert('osimage', rows.osimage);
    await writer.upsert('linuximage', rows.linuximage);
  });
}

/** Operations after which Ctrl-C is heard: some milliseconds. */
const PIECE = 100;

async function carryOut(context: Context, { rootimg, image, comparison }: Job, { json, undo, verbose }: LiteimgRequest): Promise<void> {
  const { files } = context.system;
  const { operations } = comparison;
  if (operations.length === 0) return;
  if (!json) context.print(`Modifying ${rootimg} ...`);
  if (verbose && !json) for (const line of operations.flatMap(inDetail)) context.print(line);
  const show = showCount(`Modifying ${rootimg}`, operations.length, context);
  const asset = shipped(files);
  try {
    await interruptible(async (signal) => {
      for (let done = 0; done < operations.length;) {
        const piece = operations.slice(done, done + PIECE);
        applyOperations(files, rootimg, { ...comparison, operations: piece }, asset, (count) => show(done + count));
        done += piece.length;
        await new Promise((resolve) => { setImmediate(resolve); });
        if (signal.aborted && done < operations.length) throw new StateliteError('INTERRUPTED', `interrupted after ${done} of ${operations.length} operations`);
      }
    });
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const again = `run liteimg ${undo ? '--undo ' : ''}${image} again, it goes on where it stopped`;
    throw new StateliteError(error.code, `liteimg stopped, no file is lost: ${error.message}`, { hint: error.hint === undefined ? again : `${error.hint}; then ${again}`, cause: error });
  }
}
