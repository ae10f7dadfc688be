import { posix } from 'node:path';
import type { ImageTree } from '../image/tree.ts';

/** What a path leads to in a tree as it is now, a line a step: each symlink on the way, then what is at the end. */
export function chainOf(tree: ImageTree, path: string): readonly string[] {
  const steps: string[] = [];
  let at = path;
  while (steps.length < MOST_STEPS) {
    const link = firstLink(tree, at);
    if (link === undefined) break;
    steps.push(`${link.path} -> ${link.target}`);
    at = posix.join(posix.resolve(posix.dirname(link.path), link.target), at.slice(link.path.length));
  }
  const type = tree.at(at)?.fact.type;
  return [...steps, type === undefined ? `${at}: nothing is there` : `${at}: ${type}`];
}

// --- internal ---

const MOST_STEPS = 40;

function firstLink(tree: ImageTree, path: string): { readonly path: string; readonly target: string } | undefined {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const part = end === -1 ? path : path.slice(0, end);
    const target = tree.at(part)?.target;
    if (target !== undefined) return { path: part, target };
    if (end === -1) return undefined;
  }
}
