import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';

/** Directory of an image's root tree. */
export const rootimgOf = (image: Pick<OsImage, 'directory'>): string => `${image.directory}/rootimg`;

/** The root tree of an image: an absolute path to a directory with /etc, and no symlink to one. Throws IMAGE_MISSING. */
export function findRootimg(files: Files, image: Pick<OsImage, 'name' | 'directory'>): string {
  const rootimg = rootimgOf(image);
  const found = whyNoRootTree(files, rootimg);
  if (found === undefined) return rootimg;
  throw new StateliteError('IMAGE_MISSING', `no root tree of the image ${image.name} at ${rootimg}: ${found}`, {
    hint: `genimage ${image.name} makes it; chdef -t osimage ${image.name} rootimgdir=<directory> says where it is`,
  });
}

/** The names an image of this kind may have, as xCAT looks for them. */
export const imageNames = (os: string, arch: string, profile: string): readonly string[] => [`${os}-${arch}-statelite-${profile}`, `${os}-${arch}-${profile}`];

/** An image by name. Throws IMAGE_UNKNOWN. */
export function findImage(cluster: Cluster, name: string): OsImage {
  const image = cluster.image(name);
  if (image !== undefined) return image;
  throw new StateliteError('IMAGE_UNKNOWN', `Cannot find image '${name}' from the osimage table.`, { hint: 'tabdump osimage lists the images; genimage makes one' });
}

// --- internal ---

function whyNoRootTree(files: Files, rootimg: string): string | undefined {
  if (!rootimg.startsWith('/')) return 'it is not an absolute path';
  const type = files.look(rootimg)?.type;
  if (type === undefined) return 'there is no such directory';
  if (type !== 'directory') return `it is a ${type}`;
  return files.exists(`${rootimg}/etc`) ? undefined : 'it has no /etc';
}
