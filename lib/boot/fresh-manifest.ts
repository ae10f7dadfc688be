import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { changedRows, listChanges } from '../image/changed-rows.ts';
import { imagePolicy } from '../image/image-policy.ts';
import { type Manifest, requireManifest } from '../image/manifest.ts';
import { findRootimg } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { Files } from '../system/files.ts';

/**
 * What liteimg did to an image, if that is still what the litefile table asks for. Throws IMAGE_MISSING without a root tree,
 * IMAGE_NOT_LITED when liteimg never ran or rows have changed since, and the problems of rows that liteimg would refuse.
 */
export function freshManifest(files: Files, cluster: Cluster, image: OsImage): Manifest {
  const rootimg = findRootimg(files, image);
  const manifest = requireManifest(files, rootimg, image.name);
  const changes = changedRows(manifest.rows, imagePolicy(new ImageTree(files, rootimg), cluster, image, { manifest }).rows);
  if (changes.length === 0) return manifest;
  throw new StateliteError('IMAGE_NOT_LITED', `the litefile rows of ${image.name} have changed since liteimg ran: ${listChanges(changes)}`, {
    hint: `liteimg ${image.name}`,
  });
}
