import type { PlanRow } from '../../lib/plan/boot-plan.ts';
import type { NodeTree } from '../helpers/node-tree.ts';
import { added, layOverlays, type Laid } from './overlay-model.ts';
import { ancestorsOf, below, isAtOrBelow, merge, PLAIN_DIRECTORY, replace, without, worldOf, write, type Thing, type World } from './world.ts';

export interface ModelInput {
  readonly rows: readonly PlanRow[];
  readonly image: NodeTree;
  /** Priority to tree. */
  readonly sources: Readonly<Record<string, NodeTree>>;
  /** In their order, by names as they lie there. */
  readonly overlays?: readonly NodeTree[];
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

/** What a node must see, worked out from what DESIGN 5 says of options and the README of overlays, and from nothing that the node's script does. */
export function expectNode({ rows, image, sources, overlays = [], store, disk = {} }: ModelInput): Expected {
  const laid = layOverlays(overlays, worldOf(image));
  const made = without(withMissing(worldOf(image), rows), laid.gone);
  const trees = Object.keys(sources).sort((one, two) => Number(one) - Number(two)).map((priority) => without(worldOf(sources[priority] ?? {}), laid.gone));
  const { over, unadded } = addTails(laid, rows, [...trees, laid.late], made);
  const layers = [over, ...trees, laid.late];
  const stores = { persistent: openStore(store), localdisk: openStore(disk) };
  const seen = new Map<string, { readonly thing: Thing; readonly writable: boolean }>();
  const failed: string[] = [];

  for (const row of rows) {
    const { path, storage } = row;
    if (unadded.includes(path)) {
      if (storage !== 'tmpfs') return STOPPED;
      failed.push(path);
    }
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
    replace(state, path, contentOf(row, made, layers, laid.tails));
  }
  for (const row of rows) {
    const { path } = row;
    if (laid.gone.has(path) && !over.has(path) && !laid.late.has(path)) continue;
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
      show(path, contentOf(row, made, layers, laid.tails), row.mode !== 'ro');
    } else failed.push(path);
    if (row.storage !== 'tmpfs' && failed.includes(path)) return STOPPED;
  }
  return {
    exitCode: failed.length + unadded.length > 0 ? 1 : 0,
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

// --- internal ---

const STOPPED: Expected = { exitCode: 2, view: {}, store: {}, disk: {}, failed: [] };

const openStore = (tree: NodeTree): { readonly kept: World; readonly state: Map<string, Thing> } => ({ kept: worldOf(tree), state: new Map(worldOf(tree)) });

const written = (state: World): Readonly<Record<string, string>> => Object.fromEntries([...state].map(([path, thing]) => [path, write(thing, true)]));
const directoryOf = (world: World, path: string): Thing => world.get(path) ?? PLAIN_DIRECTORY;

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

function contentOf(row: PlanRow, image: World, sources: readonly World[], tails: Laid['tails']): World {
  const usable = [...sources, image].filter((layer) => {
    const thing = layer.get(row.path);
    return thing !== undefined && isUsable(thing, row);
  });
  const [first] = usable;
  if (first === undefined) throw new Error(`nothing at ${row.path}`);
  if (row.mode === 'con') return new Map([[row.path, joined([...[image, ...sources].filter((layer) => usable.includes(layer)), tails].flatMap((layer) => layer.get(row.path) ?? []))]]);
  if (showsOne(row)) return below(first, row.path);
  return [...usable].reverse().reduce<World>((under, layer) => merge(under, below(layer, row.path)), new Map());
}

/** Of the first it has owner, mode and time, and nothing more. */
const joined = ([first, ...rest]: readonly Thing[]): Thing => {
  if (first === undefined) throw new Error('nothing to join');
  return { ...rest.reduce(added, first), note: '' };
};

/** With what overlays add to files, before rows are carried out; con rows join it themselves. */
function addTails({ over, tails, gone }: Laid, rows: readonly PlanRow[], sources: readonly World[], image: World): { readonly over: World; readonly unadded: readonly string[] } {
  const result = new Map(over);
  const unadded: string[] = [];
  for (const [path, tail] of tails) {
    const row = rows.filter((one) => isAtOrBelow(path, one.path)).sort((one, two) => two.path.length - one.path.length)[0];
    if (row === undefined || row.mode === 'con') continue;
    const otherwise = row.path === path ? [...sources, image].find((layer) => layer.has(path))?.get(path) : contentOf(row, image, sources, tails).get(path);
    // What overlays alone make is joined where nothing gets lost.
    if ([...gone].some((one) => isAtOrBelow(path, one))) result.set(path, added(otherwise, tail));
    else if (otherwise === undefined || otherwise.type === 'file') result.set(path, joined([...otherwise === undefined ? [] : [otherwise], tail]));
    else unadded.push(path);
  }
  return { over: new Map([...result].sort(([one], [two]) => (one < two ? -1 : 1))), unadded };
}
