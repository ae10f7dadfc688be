import type { PlanRow, Store } from '../plan/boot-plan.ts';
import type { PathInImage, Sight, TreeSearch } from './why.ts';

/** A covered path as the node finds it. */
export interface Covered {
  readonly node: string;
  readonly place: PathInImage;
  /** The row that decides. */
  readonly decides: PlanRow;
  /** The row whose work gives the content: for one that its parent does, that parent. */
  readonly row: PlanRow;
  readonly trees: readonly TreeSearch[];
  readonly store: Store | undefined;
  /** Whether the store has it: unset when that cannot be seen from here. */
  readonly inStore: boolean | undefined;
}

/** The origin of what no source has. */
export const NOWHERE = 'nowhere: it is not in the image';

/** Where the content comes from, in words. */
export function originOf(covered: Covered): string {
  const { row, trees, inStore } = covered;
  const deletes = trees.find(({ does }) => does === 'deletes');
  if (deletes !== undefined) return `nowhere: ${name(deletes)} deletes it`;
  const copied = [copiedFrom(covered), ...trees.filter(({ does }) => does === 'adds').map(name)].join(', then ');
  if (row.storage === 'localdisk' && row.mechanism !== 'overlay') return `the node's local disk; when it is not there yet, copied once from ${copied}`;
  if (row.storage !== 'persistent') return copied;
  if (inStore === true) return 'the store, where it is already: image and trees no longer count';
  return `${inStore === undefined ? 'the store; when it is not there yet, copied once from' : 'copied to the store once, at the next boot, from'} ${copied}`;
}

/** What the node's programs find. */
export function sightOf(covered: Covered): Sight {
  const { node, place: { real }, row, store } = covered;
  const via = row.mechanism === 'link' ? '' : `, mounted over ${row.path}`;
  if (row.storage === 'localdisk') {
    const overlay = row.mechanism === 'overlay';
    return { writable: true, kept: true, where: overlay ? real : `/.statelite/localdisk${real}`, text: `writable, kept over a reboot on the node's local disk${overlay ? `, changes in an overlay over ${row.path}` : via}` };
  }
  if (row.storage === 'persistent') {
    const place = store === undefined ? 'nowhere: the node has no store' : `${store.server}:${store.directory.replace(/\/$/, '')}/${node}${real}`;
    return { writable: true, kept: store !== undefined, where: `/.statelite/persistent/${node}${real}`, text: `writable, kept over a reboot in ${place}${via}` };
  }
  if (row.mode === 'ro') {
    const source = covered.trees.find(({ found }) => found === 'there' || found === 'unseen');
    const where = source?.found === 'unseen' ? real : source === undefined ? `/.default${real}` : `/.statelite/mnt/${source.priority}${real}`;
    return { writable: false, kept: false, where: row.mechanism === 'link' || source !== undefined ? where : real, text: `read-only, shown as its source is${via}` };
  }
  const where = row.mechanism === 'overlay' ? real : `/.statelite/tmpfs${real}`;
  return { writable: true, kept: false, where, text: `writable in RAM, made anew at every boot${row.mechanism === 'overlay' ? `, changes in an overlay over ${row.path}` : via}` };
}

// --- internal ---

function copiedFrom({ place, decides, row, trees }: Covered): string {
  const isOwn = decides.path === place.real;
  const empty = isOwn ? `the image, where liteimg makes an empty ${decides.type}` : NOWHERE;
  const image = place.type === 'missing' ? empty : 'the image';
  const seen = trees.filter(({ found }) => found === 'there' || found === 'unseen').map((tree) => (tree.found === 'unseen' ? `${name(tree)} if it is there` : name(tree)));
  if (row.mode === 'con') return [place.type === 'missing' ? 'nothing in the image' : 'the image', ...seen].join(', then ');
  const isDirectory = isOwn ? decides.type === 'directory' : place.type === 'directory';
  if (isDirectory && row.mode === 'rw') return seen.length === 0 ? image : `${[...seen, image].join(' over ')}, merged`;
  const end = trees.findIndex(({ found }) => found === 'there');
  const unseen = trees.slice(0, end === -1 ? undefined : end).filter(({ found }) => found === 'unseen').map(name);
  const first = trees[end];
  const otherwise = first === undefined ? image : name(first);
  return unseen.length === 0 ? otherwise : `${unseen.join(', else ')} if it is there, else ${otherwise}`;
}

const name = ({ priority, written }: TreeSearch): string => (priority === 'overlay' ? `overlay ${written}` : `litetree ${priority}`);
