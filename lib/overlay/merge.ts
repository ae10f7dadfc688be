import { ancestorsOf } from '../image/layout.ts';
import type { OverlayFile } from './scan.ts';
import type { TarEntry } from './tar.ts';

/** A file of an overlay as it is for a node: a template is filled, and one of several outputs stands alone. */
export interface MadeFile extends OverlayFile {
  /** Other nodes may have another content. */
  readonly isOwn: boolean;
  /** The file of the overlay that made it, or is it. */
  readonly by: OverlayFile;
  /** How the overlay spells its path, where that leads elsewhere in the image. */
  readonly named?: string;
  /** Why its path cannot be reached in the image. */
  readonly unreachable?: string;
}

/** What overlays together do with one path. */
export interface Effect {
  readonly path: string;
  readonly action: 'put' | 'append' | 'absent' | 'delete';
  readonly entry: TarEntry;
  readonly isOwn: boolean;
  /** The files it is made of, the last is the winner. */
  readonly from: readonly MadeFile[];
}

/**
 * Lays overlays over each other, each on what the one before it left. A file takes the place of what is at its path, below it, and of files above
 * it; what it or a delete took away of the image stays away when something else is put there. What is appended to a file of an earlier overlay is
 * joined to it here, else it stays for the node to do. A file that is wanted only where there is none gives way to one that an earlier overlay
 * puts, and to a later one of its kind. Sorted by path; for one path: a delete, what is put, what is appended.
 */
export function mergeOverlays(files: readonly MadeFile[]): readonly Effect[] {
  const things = new Map<string, Effect>();
  const appends = new Map<string, Effect>();
  const gone = new Map<string, Effect>();
  for (const file of files) {
    const { path, action, entry } = file;
    const above = ancestorsOf(path);
    const [before, appended] = [things.get(path), appends.get(path)];
    const effect: Effect = { path, action, entry, isOwn: file.isOwn, from: [file] };
    const after: Effect = { ...effect, from: [...before?.from ?? [], file] };
    if (action === 'absent' && before?.action === 'put') continue;
    if (action !== 'delete') {
      for (const one of above) {
        appends.delete(one);
        if (things.get(one)?.entry.type !== 'directory') things.delete(one);
      }
    }
    if (action === 'append') {
      if (before?.action === 'put') things.set(path, joined(before, effect));
      else appends.set(path, appended === undefined ? effect : joined(appended, effect));
      continue;
    }
    const isReplacing = action === 'delete' || (action === 'put' && entry.type !== 'directory');
    if (entry.type !== 'directory') for (const map of [things, appends, ...isReplacing ? [gone] : []]) dropBelow(map, path);
    if (isReplacing && !above.some((one) => gone.has(one))) gone.set(path, { ...after, action: 'delete' });
    if (action !== 'absent') appends.delete(path);
    if (action === 'delete') things.delete(path);
    else things.set(path, after);
  }
  // Of what is gone nothing can be there already.
  for (const [path, thing] of things) if (thing.action === 'absent' && isIn(gone, path)) things.set(path, { ...thing, action: 'put' });
  for (const [path, append] of appends) {
    const thing = things.get(path);
    if (!isIn(gone, path)) continue;
    things.set(path, thing === undefined ? { ...append, action: 'put' } : joined(thing, append));
    appends.delete(path);
  }
  const isReplaced = (path: string): boolean => [...ancestorsOf(path), path].some((one) => things.get(one)?.action === 'put' && things.get(one)?.entry.type !== 'directory');
  return [...[...gone.values()].filter(({ path }) => !isReplaced(path)), ...things.values(), ...appends.values()]
    .sort((one, two) => (one.path === two.path ? ORDER.indexOf(one.action) - ORDER.indexOf(two.action) : one.path < two.path ? -1 : 1));
}

// --- internal ---

const ORDER: readonly Effect['action'][] = ['delete', 'put', 'absent', 'append'];

const isIn = (map: ReadonlyMap<string, Effect>, path: string): boolean => map.has(path) || ancestorsOf(path).some((one) => map.has(one));

function dropBelow(map: Map<string, Effect>, path: string): void {
  for (const one of map.keys()) if (one.startsWith(`${path}/`)) map.delete(one);
}

/** What is no file stays as it is: the place where it is put refuses what is added to it. */
const joined = (one: Effect, two: Effect): Effect => ({
  ...one, entry: { ...one.entry, content: Buffer.concat([one.entry.content, two.entry.content]) }, isOwn: one.isOwn || two.isOwn, from: [...one.from, ...two.from],
});
