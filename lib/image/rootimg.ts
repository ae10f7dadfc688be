import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';

/** Directory of an image's root tree. */
export const rootimgOf = (image: Pick<OsImage, 'directory'>): string => `${image.directory}/rootimg`;

/** The root tree of an image, which must be a directory and no symlink to one. Throws IMAGE_MISSING. */
export function findRootimg(files: Files, image: Pick<OsImage, 'name' | 'directory'>): string {
  const rootimg = rootimgOf(image);
  const type = files.look(rootimg)?.type;
  if (type === 'directory') return rootimg;
  const found = type === undefined ? 'there is no such directory' : `it is a ${type}`;
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
