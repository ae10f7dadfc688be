import { basename, join } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { loadCluster } from '../cluster/load.ts';
import { imageInUse } from '../cluster/nodes-of-image.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { isOfImage, PARTS, replaced, REPLACING, ROOT_TREE } from '../image/parts.ts';
import { refuseMounts, removeImageTree, removeTreeAtOnce } from '../image/remove-tree.ts';
import { finishReplacing } from '../image/replace.ts';
import { findImage } from '../image/rootimg.ts';
import type { Files } from '../system/files.ts';
import { publishedDirectory } from './boot-image.ts';
import { refuseWhileNodesRun } from './nodes-on-replaced.ts';

export interface RmimageRequest {
  readonly name: string;
  /** Also when nodes are set to it. */
  readonly force: boolean;
  /** Only what genimage replaced. */
  readonly old: boolean;
  /** Its rows in the tables go too. */
  readonly definition: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Deletes an image's root tree, kernel, initrds and plans, and their copies for boot loaders; prints a line for each as it goes. Throws
 * IMAGE_UNKNOWN, IMAGE_IN_USE when nodes are set to it (with `old`: run from it) or another image has the same directory, FILE_SYSTEM when something is mounted in it.
 */
export async function rmimage(context: Context, database: Database, request: RmimageRequest): Promise<Result> {
  const { system, print, notice } = context;
  const work = async (): Promise<Result> => {
    const cluster = await loadCluster(database);
    const image = findImage(cluster, request.name);
    if (request.old && !request.dryRun) finishReplacing(system.files, image, notice);
    if (!request.force) {
      if (request.old) await refuseWhileNodesRun(database, system.files, cluster, image, `rmimage -f --old ${image.name}`);
      else refuseInUse(cluster, image);
    }
    const paths = request.old ? replacedFiles(system.files, image) : pathsOf(system.files, cluster, image);
    for (const path of paths) refuseMounts(system.files, path);
    if (!request.dryRun) {
      for (const path of paths) {
        await ([ROOT_TREE, replaced('', ROOT_TREE)].includes(basename(path)) ? removeTreeAtOnce(system, path) : removeImageTree(system, path));
        if (!request.json) print(`Deleted ${path}`);
      }
      removeEmptyDirectories(system.files, cluster, image);
      if (request.definition) await database.write(async (writer) => {
        for (const table of ['osimage', 'linuximage']) await writer.remove(table, { imagename: image.name });
      });
    }
    if (request.json) return done(toJson({ image: image.name, applied: !request.dryRun, deleted: paths, definition: request.definition }));
    if (request.dryRun) return done(paths.map((path) => `Would delete ${path}`).join('\n'));
    if (paths.length === 0) notice(`Notice: no file of ${request.old ? 'an image before ' : ''}${image.name} is in ${image.directory}`);
    return done(request.definition ? `Removed ${image.name} from the tables.` : '');
  };
  return request.dryRun ? work() : database.lock(`image:${request.name}`, work, (holder) => notice(`waiting: ${holder} works on ${request.name}`));
}

// --- internal ---

function refuseInUse(cluster: Cluster, image: OsImage): void {
  const sharing = cluster.rows('osimage').flatMap((row) => cluster.image(row['imagename'] ?? '') ?? []).filter((other) => other.name !== image.name && other.directory === image.directory);
  if (sharing.length > 0) {
    throw new StateliteError('IMAGE_IN_USE', `${sharing.map(({ name }) => name).join(', ')} has the same directory ${image.directory} as ${image.name}`, { hint: `rmdef -t osimage ${sharing[0]?.name ?? ''} forgets that one; rmimage -f ${image.name} deletes the files of both` });
  }
  const inUse = imageInUse(cluster, image.name, `rmimage -f ${image.name}`);
  if (inUse !== undefined) throw inUse;
}

function pathsOf(files: Files, cluster: Cluster, image: OsImage): readonly string[] {
  const published = publishedIn(cluster, image);
  return [...filesOf(files, image), ...['kernel', 'initrd.gz'].map((name) => join(published, name)).filter((path) => files.exists(path))];
}

/** What says that parts may not belong together goes when they have gone. */
function filesOf(files: Files, { directory }: OsImage): readonly string[] {
  const names = files.exists(directory) ? files.list(directory).filter(isOfImage) : [];
  return names.sort((one, two) => Number(one === REPLACING) - Number(two === REPLACING)).map((name) => join(directory, name));
}

/** The tree first: without it there is no image before. */
const replacedFiles = (files: Files, { directory }: OsImage): readonly string[] => PARTS.map((part) => replaced(directory, part)).filter((path) => files.exists(path));

const publishedIn = (cluster: Cluster, image: OsImage): string => join(cluster.site('tftpdir') ?? '/tftpboot', publishedDirectory(cluster, image));

function removeEmptyDirectories(files: Files, cluster: Cluster, image: OsImage): void {
  for (const directory of [image.directory, publishedIn(cluster, image)]) {
    if (files.look(directory)?.type === 'directory' && files.list(directory).length === 0) files.removeEmptyDirectory(directory);
  }
}
