import { isWithin, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { locate, type Place } from './locate.ts';
import type { ImageTree } from './tree.ts';

/** Where disks are mounted in the image itself: what is volatile, or lies in a row's directory, is made on the node. */
export const placesToMount = (tree: ImageTree, mounts: readonly string[], rows: readonly Pick<PolicyRow, 'real'>[], created: ReadonlySet<string>): readonly Place[] =>
  mounts.map((path) => locate(tree, path, created)).filter(({ real, problem }) =>
    problem === undefined && !VOLATILE_ROOTS.some((root) => isWithin(real, root)) && !rows.some((row) => isWithin(real, row.real)));

/** Those of the mount points that are no directory of the image: the root is read-only, so nodes stop there. */
export const missingMounts = (...found: Parameters<typeof placesToMount>): readonly string[] =>
  placesToMount(...found).filter(({ physical }) => found[0].at(physical)?.fact.type !== 'directory').map(({ real }) => real);
