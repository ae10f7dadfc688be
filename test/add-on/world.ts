import type { NodeTree } from '../helpers/node-tree.ts';

/** What is at a path: a file's text, a symlink's target, or a directory; with mode, owner, and the time and attribute that a test gave a file. */
export interface Thing {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly text: string;
  /** `644 0:0` */
  readonly attributes: string;
  /** ` @86400`, empty when it does not matter. */
  readonly time?: string;
  /** ` note=x` */
  readonly note?: string;
}

/** Absolute path to what is there, directories included. */
export type World = ReadonlyMap<string, Thing>;

export const PLAIN_DIRECTORY: Thing = { type: 'directory', text: '', attributes: '755 0:0' };

/** A tree with all its directories, as a node would find it. */
export function worldOf(tree: NodeTree): World {
  const world = new Map<string, Thing>();
  for (const [name, entry] of Object.entries(tree)) {
    const path = `/${name.replace(/\/$/, '')}`;
    for (const above of ancestorsOf(path)) if (!world.has(above)) world.set(above, PLAIN_DIRECTORY);
    const { content = '', mode = name.endsWith('/') ? 0o755 : 0o644, uid = 0, gid = 0, mtime, note } = typeof entry === 'string' ? { content: entry } : entry;
    const attributes = `${mode.toString(8)} ${uid}:${gid}`;
    if (typeof entry === 'string' && entry.startsWith('-> ')) world.set(path, { type: 'symlink', text: entry.slice(3), attributes: '' });
    else if (name.endsWith('/')) world.set(path, { type: 'directory', text: '', attributes });
    else world.set(path, { type: 'file', text: content, attributes, ...(mtime === undefined ? {} : { time: ` @${mtime}` }), ...(note === undefined ? {} : { note: ` note=${note}` }) });
  }
  return world;
}

export function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

export const isAtOrBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

export const below = (world: World, root: string): World => new Map([...world].filter(([path]) => isAtOrBelow(path, root)));

export const without = (world: World, gone: Iterable<string>): World => new Map([...world].filter(([path]) => ![...gone].some((root) => isAtOrBelow(path, root))));

export function replace(world: Map<string, Thing>, root: string, content: World): void {
  for (const path of [...world.keys()]) if (isAtOrBelow(path, root)) world.delete(path);
  for (const [path, thing] of content) world.set(path, thing);
}

/** One tree on top of another: what is no directory on one of the sides hides what is below it on the other. */
export function merge(under: World, over: World): World {
  const world = new Map(under);
  for (const [path, thing] of over) {
    if (thing.type === 'directory' && world.get(path)?.type === 'directory') world.set(path, thing);
    else replace(world, path, new Map([[path, thing]]));
  }
  return world;
}

/** As the driver of tests writes what a node sees. */
export function write({ type, text, attributes, time = '', note = '' }: Thing, writable: boolean): string {
  if (type === 'symlink') return `-> ${text}`;
  return `${type} ${attributes}${time}${note} ${writable ? 'rw' : 'ro'}${type === 'file' ? ` ${text}` : ''}`;
}
