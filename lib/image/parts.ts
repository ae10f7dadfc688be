import { join } from 'node:path';
import { HALF_WRITTEN } from './layout.ts';

/** What genimage makes in an image's directory: the root tree, and what boot loaders load. */
export const ROOT_TREE = 'rootimg';
export const BOOT_FILES = ['kernel', 'initrd-statelite.gz'] as const;
export const PARTS = [ROOT_TREE, ...BOOT_FILES] as const;
export type Part = (typeof PARTS)[number];

/** For what programs write that make a tree, and leave when they are ended. */
export const SCRATCH = 'scratch';

/** There while parts change places: which ones are to be the image. */
export const REPLACING = '.replacing';

/** Where a part of an image is while it is made, where it stays when another one has taken its place, and a tree while it is deleted. */
export const inMaking = (directory: string, part: string): string => join(directory, `.${part}.new`);
export const replaced = (directory: string, part: string): string => join(directory, `${part}.old`);
export const goingAway = (tree: string): string => tree.replace(/([^/]+)$/, '.$1.old');

/** Whether a name in an image's directory is of something that genimage, liteimg or nodeset leave there. */
export const isOfImage = (name: string): boolean => NAMES.has(name) || HALF_WRITTEN.test(name) || /^(?:initrd-[a-z]+\.gz(?:\.old)?|rootimg-[a-z]+\.gz)$/.test(name);

// --- internal ---

const NAMES: ReadonlySet<string> = new Set([
  ...PARTS, ...PARTS.map((part) => replaced('', part)), ...[...PARTS, SCRATCH].map((part) => inMaking('', part)), goingAway(ROOT_TREE), goingAway(replaced('', ROOT_TREE)),
  REPLACING, 'initrd.gz', 'initrd.gz.old', 'genimage.log', 'plans', 'overlays',
]);
