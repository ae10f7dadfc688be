import { loadCluster } from '../lib/cluster/load.ts';
import { done, toJson, type Context, type Result } from '../lib/command.ts';
import { withDatabase } from '../lib/db/open.ts';
import { StateliteError } from '../lib/errors.ts';
import { replaced, ROOT_TREE } from '../lib/image/parts.ts';
import { changePlaces, finishReplacing } from '../lib/image/replace.ts';
import { refuseMounts } from '../lib/image/remove-tree.ts';
import { findImage, findRootimg } from '../lib/image/rootimg.ts';

/** genimage --undo: tree, kernel and initrd change places with those the last genimage replaced. Throws IMAGE_UNKNOWN, IMAGE_MISSING, FILE_SYSTEM for what is mounted in one of the trees. */
export function undoImage({ image: name, dryRun, json }: { readonly image: string; readonly dryRun: boolean; readonly json: boolean }, context: Context): Promise<Result> {
  const { files } = context.system;
  return withDatabase(context.system, (database) => database.lock(`image:${name}`, async () => {
    const image = findImage(await loadCluster(database), name);
    if (!dryRun) finishReplacing(files, image, context.notice);
    const [tree, old] = [findRootimg(files, image), replaced(image.directory, ROOT_TREE)];
    if (!files.exists(old)) {
      throw new StateliteError('IMAGE_MISSING', `there is no image before ${name}: no ${old}`, { hint: 'genimage keeps one when it makes an image anew; rmimage --old and a second genimage delete it' });
    }
    for (const path of [tree, old]) refuseMounts(files, path);
    if (!dryRun) changePlaces(files, image.directory);
    if (json) return done(toJson({ image: name, directory: image.directory, applied: !dryRun }));
    if (dryRun) return done(`Would let ${tree} and ${old} change places, and the kernels and initrds beside them.`);
    return done(`${name}: the image before is back; what it replaces is ${old}, for nodes that run from it and another --undo\nNext: liteimg ${name}, then nodeset <noderange> osimage=${name}`);
  }, (holder) => context.notice(`waiting: ${holder} works on ${name}`)));
}
