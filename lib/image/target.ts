import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { Row } from '../../tables/table.ts';
import { findImage, imageNames, rootimgOf } from './rootimg.ts';

/** Which image a command is about: its osimage name, its `<os>-<arch>-<profile>`, or the three of them. */
export interface ImageRequest {
  readonly name?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly profile?: string | undefined;
}

export interface Target {
  readonly image: OsImage;
  /** Rows to write when the tables do not have the image yet: its root tree stands where it belongs. */
  readonly rows?: { readonly osimage: Row; readonly linuximage: Row };
}

/** Finds the image of a request. Throws USAGE, IMAGE_UNKNOWN, or ROW_INVALID for an image that is not for statelite. */
export function findTarget(files: Files, cluster: Cluster, request: ImageRequest): Target {
  const triple = tripleOf(request);
  const known = request.name === undefined ? undefined : cluster.image(request.name);
  const image = known ?? (triple && imageNames(triple.os, triple.arch, triple.profile).map((name) => cluster.image(name)).find((one) => one !== undefined));
  if (image !== undefined) return { image: checked(image) };
  const fresh = triple && newTarget(cluster, triple);
  if (fresh !== undefined && files.look(rootimgOf(fresh.image))?.type === 'directory') return fresh;
  return { image: findImage(cluster, request.name ?? imageNames(request.os ?? '', request.arch ?? '', request.profile ?? '').at(-1) ?? '') };
}

// --- internal ---

interface Triple {
  readonly os: string;
  readonly arch: string;
  readonly profile: string;
}

function tripleOf({ name, os, arch, profile }: ImageRequest): Triple | undefined {
  const given = [os, arch, profile].filter((value) => value !== undefined && value !== '');
  if (name !== undefined) {
    if (given.length > 0) throw new StateliteError('USAGE', '-o, -p and -a options are not allowed when a image name is specified.', { hint: 'liteimg <image>, or liteimg -o <os> -a <arch> -p <profile>' });
    const [, first, second, third] = /^([^-/]+)-([^-/]+)-(?:statelite-)?([^/]+)$/.exec(name) ?? [];
    return first === undefined || second === undefined || third === undefined ? undefined : { os: first, arch: second, profile: third };
  }
  if (os === undefined || arch === undefined || profile === undefined || given.length < 3) {
    throw new StateliteError('USAGE', 'an image name is wanted, or all of -o, -a and -p', { hint: 'liteimg <image>, or liteimg -o <os> -a <arch> -p <profile>' });
  }
  const wrong = [os, arch, profile].find((value) => /[/\n]|^\.+$/.test(value));
  if (wrong !== undefined) throw new StateliteError('USAGE', `${JSON.stringify(wrong)} cannot be a part of an image's name`);
  return { os, arch, profile };
}

function newTarget(cluster: Cluster, { os, arch, profile }: Triple): Target {
  const name = `${os}-${arch}-${profile}`;
  const directory = `${cluster.site('installdir') ?? ''}/netboot/${os}/${arch}/${profile}`;
  const osimage: Row = { imagename: name, osvers: os, osarch: arch, profile, provmethod: 'statelite', imagetype: 'linux', osname: 'Linux', rootfstype: 'nfs' };
  const linuximage: Row = { imagename: name, rootimgdir: directory };
  return { image: { name, os, arch, profile, groups: [], directory, osimage, linuximage }, rows: { osimage, linuximage } };
}

function checked(image: OsImage): OsImage {
  const method = image.osimage['provmethod'] ?? '';
  if (!method.includes('statelite')) {
    throw new StateliteError('ROW_INVALID', `osimage row imagename=${image.name}: provmethod is ${JSON.stringify(method)}. Please make sure that osimage.provmethod is set to statelite before calling this command.`, {
      hint: `chtab imagename=${image.name} osimage.provmethod=statelite`,
    });
  }
  if (image.osimage['rootfstype'] === 'ramdisk') {
    throw new StateliteError('ROW_INVALID', `osimage row imagename=${image.name}: rootfstype is ramdisk, and only images on nfs can be prepared`, { hint: `chtab imagename=${image.name} osimage.rootfstype=nfs` });
  }
  return image;
}
