import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { imagePolicy } from '../image/image-policy.ts';
import { type Manifest, requireManifest } from '../image/manifest.ts';
import { findRootimg } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import { writeOption } from '../policy/option.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Files } from '../system/files.ts';

/**
 * What liteimg did to an image, if that is still what the litefile table asks for. Throws IMAGE_MISSING without a root tree,
 * IMAGE_NOT_LITED when liteimg never ran or rows have changed since, and the problems of rows that liteimg would refuse.
 */
export function freshManifest(files: Files, cluster: Cluster, image: OsImage): Manifest {
  const rootimg = findRootimg(files, image);
  const manifest = requireManifest(files, rootimg, image.name);
  const changes = difference(manifest.rows, imagePolicy(new ImageTree(files, rootimg), cluster, image, { manifest }).rows);
  if (changes.length === 0) return manifest;
  const more = changes.length > SHOWN ? `, and ${changes.length - SHOWN} more` : '';
  throw new StateliteError('IMAGE_NOT_LITED', `the litefile rows of ${image.name} have changed since liteimg ran: ${changes.slice(0, SHOWN).join(', ')}${more}`, {
    hint: `liteimg ${image.name}`,
  });
}

// --- internal ---

const SHOWN = 5;

/** Each path that is new, gone or means something else. */
function difference(before: readonly PolicyRow[], after: readonly PolicyRow[]): readonly string[] {
  const meaning = ({ type, option }: PolicyRow): string => `${type} ${writeOption(option)}`;
  const old = new Map(before.map((row) => [row.real, meaning(row)]));
  const now = new Map(after.map((row) => [row.real, meaning(row)]));
  return [
    ...[...now].filter(([path]) => !old.has(path)).map(([path]) => `${path} is new`),
    ...[...old].filter(([path]) => !now.has(path)).map(([path]) => `${path} is gone`),
    ...[...now].flatMap(([path, text]) => (old.has(path) && old.get(path) !== text ? [`${path} was ${old.get(path) ?? ''} and is ${text}`] : [])),
  ];
}
