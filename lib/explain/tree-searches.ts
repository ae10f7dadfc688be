import { posix } from 'node:path';
import { variablesIn } from '../cluster/variables.ts';
import type { ImageView } from '../check/image-view.ts';
import { below } from '../image/layout.ts';
import { locate } from '../image/locate.ts';
import { ImageTree, type TreeNode } from '../image/tree.ts';
import { describeSource, readTrees, type Source, type Tree } from '../policy/trees.ts';
import { unlessRefused } from '../refusals.ts';
import type { Files } from '../system/files.ts';
import type { TreeSearch } from './why.ts';

/** What is looked for in the trees. */
export interface Wanted {
  /** A path of the image without symlinks. */
  readonly path: string;
  /** What a row makes of it; unset when anything will do. */
  readonly type?: 'file' | 'directory';
}

/** Looks for a path in the litetree directories of a node, in the order it does. Symlinks in them are resolved inside them. */
export function searchTrees(files: Files, view: ImageView, node: string, wanted: Wanted, isHere: (server: string) => boolean): readonly TreeSearch[] {
  const search = ({ priority, written, source }: Tree): TreeSearch => {
    const variables = variablesIn(view.cluster, node, written);
    if (source === undefined) return { priority, written, variables, found: 'unusable', note: 'the row cannot be used, see the problems' };
    return { priority, written, variables, expanded: describeSource(source), ...unlessRefused(() => look(files, view, source, wanted, isHere)) ?? UNREADABLE };
  };
  return readTrees(view.cluster, node, view.image).trees.map(search);
}

// --- internal ---

type Look = Pick<TreeSearch, 'found' | 'note'>;

const UNREADABLE: Look = { found: 'unseen', note: 'not visible from here: it cannot be read, try as root' };

function look(files: Files, view: ImageView, { server, directory }: Source, wanted: Wanted, isHere: (server: string) => boolean): Look {
  if (server === undefined) {
    const at = below(directory.replace(/\/+$/, '') || '/', wanted.path.slice(1));
    return judge(view.look(at), wanted, `${at} in the image`);
  }
  if (!isHere(server)) return { found: 'unseen', note: `not visible from here: ${server} is another machine` };
  const root = directory.replace(/\/+$/, '');
  if (files.look(`${root}/.`) === undefined) return { found: 'missing', note: `there is no directory ${directory} on this machine` };
  const tree = new ImageTree(files, `${root}/.`);
  const above = locate(tree, posix.dirname(wanted.path));
  return judge(tree.at(below(above.physical, posix.basename(wanted.path)))?.fact, wanted, `${root}${wanted.path}`);
}

function judge(fact: TreeNode['fact'] | undefined, { type }: Wanted, place: string): Look {
  if (fact === undefined) return { found: 'missing', note: `no ${place}` };
  const isDirectory = fact.type === 'directory';
  if (type === undefined || isDirectory === (type === 'directory')) return { found: 'there', note: place };
  return { found: 'unusable', note: `${place} is a ${fact.type}, but the row is a ${type}: the row fails on the node` };
}
