import { join } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { remember } from '../cluster/remember.ts';
import { gather, StateliteError } from '../errors.ts';
import { isHalfReplaced } from '../image/replace.ts';
import { createdPaths } from '../image/manifest.ts';
import { missingMounts } from '../image/mount-points.ts';
import { findImage, rootimgOf } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Files } from '../system/files.ts';
import type { BootFileOperation } from './boot-files.ts';
import { freshManifest } from './fresh-manifest.ts';

/** An image that is ready to be booted: what liteimg applied, and where its kernel and initrd lie and go. */
export interface BootImage {
  readonly image: OsImage;
  readonly rows: readonly PolicyRow[];
  /** Paths that liteimg made because they were missing. */
  readonly created: readonly string[];
  /** `<os>-<arch>-<profile>`, as boot-loader files and chain.currstate name it. */
  readonly label: string;
  /** Paths below tftpdir, as boot loaders ask for them, with the files they are copied from. */
  readonly kernel: PublishedFile;
  readonly initrd: PublishedFile;
  /** Those of some mount points that the tree does not have. */
  readonly missing: (mounts: readonly string[]) => readonly string[];
}

export interface PublishedFile {
  readonly path: string;
  readonly source: string;
}

/** The image of that name, also found as `<os>-<arch>-<profile>`; throws IMAGE_UNKNOWN. */
export const imageNamed = (cluster: Cluster, name: string): OsImage => cluster.image(name) ?? imagesLabelled(cluster, name)[0] ?? findImage(cluster, name);

/** Looks whether an image can be booted. Throws all that is missing: IMAGE_MISSING for kernel or initrd, IMAGE_NOT_LITED. */
export function inspectImage(files: Files, cluster: Cluster, image: OsImage): BootImage {
  if (isHalfReplaced(files, image.directory)) {
    throw new StateliteError('IMAGE_MISSING', `${image.name} has a tree, a kernel and an initrd in ${image.directory} that may not belong together: a run was ended while they changed places, or one is doing it now`, { hint: `liteimg ${image.name} finishes that` });
  }
  const [directory, kernel, initrd, manifest] = gather(
    () => publishedDirectory(cluster, image),
    () => sourceOf(files, image, ['kernel']),
    () => sourceOf(files, image, ['initrd-statelite.gz', 'initrd.gz']),
    () => freshManifest(files, cluster, image),
  );
  const [tree, created] = [new ImageTree(files, rootimgOf(image)), createdPaths({ manifest })];
  const lacking = remember((mount: string) => missingMounts(tree, [mount], manifest.rows, created));
  return {
    image, rows: manifest.rows, created: manifest.created, label: labelOf(image),
    kernel: { path: `${directory}/kernel`, source: kernel },
    initrd: { path: `${directory}/initrd.gz`, source: initrd },
    missing: (mounts) => mounts.flatMap(lacking),
  };
}

/** The writes that bring kernel and initrd below tftpdir, those that differ from what is there. */
export function publishOperations(files: Files, tftpdir: string, { kernel, initrd }: BootImage): readonly BootFileOperation[] {
  return [kernel, initrd].flatMap(({ path, source }) => {
    const target = join(tftpdir, path);
    const content = files.readBytes(source);
    return files.exists(target) && files.readBytes(target).equals(content) ? [] : [{ kind: 'write', path: target, content }];
  });
}

/** Where kernel and initrd go below tftpdir: `xcat/netboot/<os>/<arch>/<profile>`; an image that shares these with one in another directory gets a place of its own. Throws ROW_INVALID. */
export function publishedDirectory(cluster: Cluster, image: OsImage): string {
  const { name, os, arch, profile } = image;
  if (![name, os, arch, profile].every((part) => /^[\w+][\w.+~-]*$/.test(part))) {
    throw new StateliteError('ROW_INVALID', `osimage row imagename=${name}: osvers="${os}", osarch="${arch}", profile="${profile}" cannot name a directory for boot loaders`, {
      hint: `chdef -t osimage ${name} osvers=<os> osarch=<arch> profile=<profile>`,
    });
  }
  const shared = imagesLabelled(cluster, labelOf(image)).some((other) => other.directory !== image.directory);
  return shared ? `xcat/osimage/${name}` : `xcat/netboot/${os}/${arch}/${profile}`;
}

// --- internal ---

const labelOf = ({ os, arch, profile }: OsImage): string => `${os}-${arch}-${profile}`;

/** All images with that os, arch and profile; those made for statelite first. */
const imagesLabelled = (cluster: Cluster, label: string): readonly OsImage[] =>
  cluster.rows('osimage')
    .filter((row) => `${row['osvers'] ?? ''}-${row['osarch'] ?? ''}-${row['profile'] ?? ''}` === label)
    .sort((a, b) => Number(b['provmethod'] === 'statelite') - Number(a['provmethod'] === 'statelite'))
    .flatMap((row) => cluster.image(row['imagename'] ?? '') ?? []);

function sourceOf(files: Files, image: OsImage, names: readonly string[]): string {
  const found = names.map((name) => join(image.directory, name)).find((path) => files.exists(path));
  if (found !== undefined) return found;
  throw new StateliteError('IMAGE_MISSING', `image ${image.name} has no ${names.join(' or ')} in ${image.directory}`, { hint: `genimage ${image.name}` });
}
