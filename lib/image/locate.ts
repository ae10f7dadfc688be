import { isWithin, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PathFact } from '../policy/policy.ts';
import { below, defaultOf, innerOf, leadsTo, outerText } from './layout.ts';
import type { ImageTree, TreeNode } from './tree.ts';

/** Where a path of the image leads, and where its content lies now. */
export interface Place {
  /** The path in the original image, symlinks resolved. */
  readonly real: string;
  /** Where that is in the tree: below /.default when it or a directory above it is linked. */
  readonly physical: string;
  /** What is there, unset when nothing is. */
  readonly node?: TreeNode;
  /** Why the path cannot be reached. */
  readonly problem?: string;
}

/**
 * Resolves a path as chroot would, never outside the image, and as if liteimg had never run: our own links are seen through, and so are
 * untouched files that liteimg made, when `created` names them.
 */
export function locate(tree: ImageTree, path: string, created: ReadonlySet<string> = NOTHING): Place {
  return (WINDING.test(path) ? undefined : straight(tree, path)) ?? resolve(tree, path, created);
}

/** Where the content of a path without symlinks lies: behind our own link, and also when that link is missing. */
export function physicalOf(tree: ImageTree, path: string, physical = path): string {
  if (physical !== path) return physical;
  const node = tree.at(path);
  if (node === undefined ? isHole(tree, path) : isOurLink(path, node) && isKnown(tree, path)) return defaultOf(path);
  return path;
}

/** True for the symlink that liteimg puts in place of a path. */
export const isOurLink = (path: string, node: TreeNode | undefined): boolean => node?.target !== undefined && (node.target === outerText(path) || leadsTo(path, node.target, innerOf(path)));

/** The kept original of a linked path; a link that only waits there to change places with it, or did, is none. */
export function originalOf(tree: ImageTree, path: string): TreeNode | undefined {
  const kept = tree.at(defaultOf(path));
  return isOurLink(path, kept) ? undefined : kept;
}

/** What the policy needs to know of paths; `created` are those liteimg made: untouched ones count as missing, so that the answer is the original image's. */
export function readFacts(tree: ImageTree, paths: Iterable<string>, created: ReadonlySet<string>): ReadonlyMap<string, PathFact> {
  return new Map([...paths].map((path) => [path, factOf(tree, path, created)]));
}

/** True when a path that liteimg made holds nothing but what liteimg made. */
export function isUntouched(tree: ImageTree, place: Place, created: ReadonlySet<string>): boolean {
  if (place.node === undefined) return true;
  if (!created.has(place.real)) return false;
  if (place.node.fact.type !== 'directory') return place.node.fact.type === 'file' && place.node.fact.size === 0;
  return tree.names(place.physical).every((name) => isUntouched(tree, step(tree, place, name), created));
}

// --- internal ---

const MOST_HOPS = 40;

const NOTHING: ReadonlySet<string> = new Set();

/** A path that is not spelled the one way. */
const WINDING = /^[^/]|\/(?:\.{0,2}\/|\.{0,2}$)/;

// The place of a path with no symlink on its way but our own at its end, which is what nearly every row is.
function straight(tree: ImageTree, path: string): Place | undefined {
  const node = tree.at(path);
  if (node === undefined) return undefined;
  if (node.target === undefined) return { real: path, physical: path, node };
  if (!isOurLink(path, node) || !isKnown(tree, path)) return undefined;
  const physical = defaultOf(path);
  const original = tree.at(physical);
  if (original?.target !== undefined) return undefined;
  return original === undefined ? { real: path, physical } : { real: path, physical, node: original };
}

function resolve(tree: ImageTree, path: string, created: ReadonlySet<string>): Place {
  const pending = path.split('/').reverse();
  let trail: Place[] = [];
  const here = (): Place => trail.at(-1) ?? { real: '/', physical: '/', node: tree.root };
  for (let hops = 0; pending.length > 0;) {
    const name = pending.pop() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      trail.pop();
      continue;
    }
    const parent = here();
    if (parent.node !== undefined && parent.node.fact.type !== 'directory' && !isUntouched(tree, parent, created)) return { ...parent, problem: `${parent.real} is no directory` };
    const next = step(tree, parent, name);
    const target = next.node?.target;
    if (target === undefined) {
      trail.push(next);
      continue;
    }
    hops += 1;
    if (hops > MOST_HOPS) return { ...next, problem: `the symlink ${next.real} -> ${target} leads round in a loop` };
    if (target.includes('\uFFFD')) return { ...next, problem: `the symlink ${next.real} leads to a name that is not UTF-8` };
    if (target.startsWith('/')) trail = [];
    pending.push(...target.split('/').reverse());
  }
  return here();
}

function step(tree: ImageTree, parent: Place, name: string): Place {
  const real = below(parent.real, name);
  const physical = physicalOf(tree, real, below(parent.physical, name));
  const node = tree.at(physical);
  return node === undefined ? { real, physical } : { real, physical, node };
}

// An image may hold a symlink that only looks like one of ours: nothing belongs to it.
const isKnown = (tree: ImageTree, path: string): boolean => tree.at(innerOf(path)) !== undefined || tree.at(defaultOf(path)) !== undefined;

// A directory on its way from or to /.default when the last run was stopped, or a link that somebody removed.
function isHole(tree: ImageTree, path: string): boolean {
  const inner = tree.at(innerOf(path))?.target;
  return inner !== undefined && leadsTo(innerOf(path), inner, defaultOf(path)) && originalOf(tree, path) !== undefined;
}

function factOf(tree: ImageTree, path: string, created: ReadonlySet<string>): PathFact {
  const place = locate(tree, path, created);
  const { real, node, problem } = place;
  const type = node === undefined || isUntouched(tree, place, created) ? 'missing' : node.fact.type === 'directory' ? 'directory' : 'file';
  const root = VOLATILE_ROOTS.find((one) => isWithin(real, one));
  if (root !== undefined) return { real, type, volatile: real === path ? `it is in ${root}` : `it leads to ${real}` };
  return problem === undefined ? { real, type } : { real, type, problem };
}
