import type { PlanRow } from '../../lib/plan/boot-plan.ts';
import type { NodeTree } from '../helpers/node-tree.ts';

/** What is at a path: a file's text, a symlink's target, or a directory; with mode and owner. */
interface Thing {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly text: string;
  readonly attributes: string;
}

/** Absolute path to what is there, directories included. */
type World = ReadonlyMap<string, Thing>;

export interface ModelInput {
  readonly rows: readonly PlanRow[];
  readonly image: NodeTree;
  /** Priority to tree. */
  readonly sources: Readonly<Record<string, NodeTree>>;
  readonly store: NodeTree;
  /** What the local disk held before. */
  readonly disk?: NodeTree;
}

export interface Expected {
  readonly exitCode: 0 | 1 | 2;
  /** As BootResult.view; empty when the node must not go on. */
  readonly view: Readonly<Record<string, string>>;
  readonly store: Readonly<Record<string, string>>;
  readonly disk: Readonly<Record<string, string>>;
  /** Paths of rows that are not as promised. */
  readonly failed: readonly string[];
}

/** What a node must see, worked out from what DESIGN 5 says of options, and from nothing that the node's script does. */
export function expectNode({ rows, image, sources, store, disk = {} }: ModelInput): Expected {
  const made = withMissing(worldOf(image), rows);
  const layers = Object.keys(sources).sort((one, two) => Number(one) - Number(two)).map((priority) => worldOf(sources[priority] ?? {}));
  const stores = { persistent: openStore(store), localdisk: openStore(disk) };
  const seen = new Map<string, { readonly thing: Thing; readonly writable: boolean }>();
  const failed: string[] = [];

  for (const row of rows) {
    const { path, storage } = row;
    if (storage === 'tmpfs' || isInOverlay(row)) continue;
    const { kept, state } = stores[storage];
    const there = kept.get(path);
    const isStoreFree = ancestorsOf(path).every((above) => (state.get(above)?.type ?? 'directory') === 'directory');
    if (there === undefined ? !isStoreFree || hasUnusable(row, layers) : !isUsable(there, row)) return STOPPED;
    if (there !== undefined) continue;
    if (row.covered && row.parent !== undefined && !kept.has(row.parent)) {
      const copied = state.get(path);
      if (copied === undefined || !isUsable(copied, row)) return STOPPED;
      continue;
    }
    for (const above of ancestorsOf(path)) if (!state.has(above)) state.set(above, directoryOf(made, above));
    replace(state, path, contentOf(row, made, layers));
  }
  for (const row of rows) {
    const { path } = row;
    const isWayFree = ancestorsOf(path).every((above) => (seen.get(above)?.thing.type ?? 'directory') === 'directory') &&
      (rows.find((above) => above.path === row.parent)?.mechanism !== 'overlay' || seen.get(path)?.thing.type === row.type);
    if (row.storage !== 'tmpfs' && !isInOverlay(row)) {
      if (!isWayFree) return STOPPED;
      show(path, below(stores[row.storage].state, path), true);
    } else if (row.covered) {
      const thing = seen.get(path)?.thing;
      if (thing === undefined || !isUsable(thing, { ...row, mechanism: 'link' })) failed.push(path);
    } else if (isWayFree) {
      if (hasUnusable(row, layers)) failed.push(path);
      show(path, contentOf(row, made, layers), row.mode !== 'ro');
    } else failed.push(path);
    if (row.storage !== 'tmpfs' && failed.includes(path)) return STOPPED;
  }
  return {
    exitCode: failed.length > 0 ? 1 : 0,
    view: Object.fromEntries([...seen].map(([path, { thing, writable }]) => [path, write(thing, writable)])),
    store: written(stores.persistent.state),
    disk: written(stores.localdisk.state),
    failed: [...new Set(failed)].sort(),
  };

  function isInOverlay(row: PlanRow): boolean {
    const above = row.covered ? rows.find(({ path }) => path === row.parent) : undefined;
    return row.mechanism === 'overlay' || (above !== undefined && isInOverlay(above));
  }

  function show(path: string, content: World, writable: boolean): void {
    for (const one of seen.keys()) if (isAtOrBelow(one, path)) seen.delete(one);
    for (const [one, thing] of content) seen.set(one, { thing, writable });
  }
}

/** A tree with all its directories, as a node would find it. */
export function worldOf(tree: NodeTree): World {
  const world = new Map<string, Thing>();
  for (const [name, entry] of Object.entries(tree)) {
    const path = `/${name.replace(/\/$/, '')}`;
    for (const above of ancestorsOf(path)) if (!world.has(above)) world.set(above, PLAIN_DIRECTORY);
    const { content = '', mode = name.endsWith('/') ? 0o755 : 0o644, uid = 0, gid = 0 } = typeof entry === 'string' ? { content: entry } : entry;
    const attributes = `${mode.toString(8)} ${uid}:${gid}`;
    if (typeof entry === 'string' && entry.startsWith('-> ')) world.set(path, { type: 'symlink', text: entry.slice(3), attributes: '' });
    else world.set(path, name.endsWith('/') ? { type: 'directory', text: '', attributes } : { type: 'file', text: content, attributes });
  }
  return world;
}

// --- internal ---

const STOPPED: Expected = { exitCode: 2, view: {}, store: {}, disk: {}, failed: [] };

const openStore = (tree: NodeTree): { readonly kept: World; readonly state: Map<string, Thing> } => ({ kept: worldOf(tree), state: new Map(worldOf(tree)) });

const written = (state: World): Readonly<Record<string, string>> => Object.fromEntries([...state].map(([path, thing]) => [path, write(thing, true)]));
const PLAIN_DIRECTORY: Thing = { type: 'directory', text: '', attributes: '755 0:0' };

const isAtOrBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

const below = (world: World, root: string): World => new Map([...world].filter(([path]) => isAtOrBelow(path, root)));

const directoryOf = (world: World, path: string): Thing => world.get(path) ?? PLAIN_DIRECTORY;

function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function replace(world: Map<string, Thing>, root: string, content: World): void {
  for (const path of world.keys()) if (isAtOrBelow(path, root)) world.delete(path);
  for (const [path, thing] of content) world.set(path, thing);
}

/** liteimg makes what the image lacks. */
function withMissing(image: World, rows: readonly PlanRow[]): World {
  const world = new Map(image);
  for (const { path, type } of rows) {
    for (const above of ancestorsOf(path)) if (!world.has(above)) world.set(above, PLAIN_DIRECTORY);
    if (!world.has(path)) world.set(path, type === 'directory' ? PLAIN_DIRECTORY : { type: 'file', text: '', attributes: '644 0:0' });
  }
  return world;
}

const isUsable = (thing: Thing, row: PlanRow): boolean =>
  row.type === 'directory' ? thing.type === 'directory' : thing.type === 'file' || (thing.type === 'symlink' && row.mode !== 'con' && row.mechanism === 'link');

/** Has a source that is asked for this row something that cannot be taken? A row that shows one source asks none after it. */
function hasUnusable(row: PlanRow, sources: readonly World[]): boolean {
  for (const source of sources) {
    const thing = source.get(row.path);
    if (thing === undefined) continue;
    if (!isUsable(thing, row)) return true;
    if (showsOne(row)) return false;
  }
  return false;
}

const showsOne = (row: PlanRow): boolean => row.mode === 'ro' || (row.type === 'file' && row.mode !== 'con');

function contentOf(row: PlanRow, image: World, sources: readonly World[]): World {
  const usable = [...sources, image].filter((layer) => {
    const thing = layer.get(row.path);
    return thing !== undefined && isUsable(thing, row);
  });
  const [first] = usable;
  if (first === undefined) throw new Error(`nothing at ${row.path}`);
  if (row.mode === 'con') return new Map([[row.path, joined([image, ...sources].filter((layer) => usable.includes(layer)).map((layer) => directoryOf(layer, row.path)))]]);
  if (showsOne(row)) return below(first, row.path);
  return [...usable].reverse().reduce<World>((under, layer) => merge(under, below(layer, row.path)), new Map());
}

const joined = (parts: readonly Thing[]): Thing => ({ ...(parts[0] ?? PLAIN_DIRECTORY), text: parts.map(({ text }) => text).join('') });

/** One tree on top of another: what is no directory on one of the sides hides what is below it on the other. */
function merge(under: World, over: World): World {
  const world = new Map(under);
  for (const [path, thing] of over) {
    if (thing.type === 'directory' && world.get(path)?.type === 'directory') world.set(path, thing);
    else replace(world, path, new Map([[path, thing]]));
  }
  return world;
}

function write({ type, text, attributes }: Thing, writable: boolean): string {
  if (type === 'symlink') return `-> ${text}`;
  return `${type} ${attributes} ${writable ? 'rw' : 'ro'}${type === 'file' ? ` ${text}` : ''}`;
}
