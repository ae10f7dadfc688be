import { viewImage, type ImageView } from '../check/image-view.ts';
import { proposalCommand } from '../check/proposal.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { below } from '../image/layout.ts';
import { readFacts } from '../image/locate.ts';
import { createdPaths, readPast, type Past } from '../image/manifest.ts';
import { findRootimg } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import { createOverlays } from '../overlay/overlays.ts';
import type { PlacedEffect } from '../overlay/place.ts';
import type { PlanRow, Store } from '../plan/boot-plan.ts';
import { compilePlan, planRowsOf } from '../plan/compile.ts';
import { storeOf } from '../plan/store.ts';
import { parseLitePath } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { litefileRows } from '../policy/select.ts';
import { attemptEach, unlessRefused } from '../refusals.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import { candidatesFor } from './candidates.ts';
import { chainOf } from './chain.ts';
import { pendingReason } from './image-now.ts';
import { mountedOver } from './mounted.ts';
import { NOWHERE, originOf, sightOf, type Covered } from './outcome.ts';
import { thisMachine } from './this-machine.ts';
import { searchTrees } from './tree-searches.ts';
import type { DecidingRow, PathInImage, Sight, TreeSearch, Why } from './why.ts';

/**
 * Follows a path through tables and image to what a node sees there. What liteimg or nodeset would refuse is part of the answer.
 * Throws NODE_UNKNOWN and what else keeps a node from having an image, IMAGE_MISSING, PATH_INVALID.
 */
export function tracePath({ files, env }: Pick<System, 'files' | 'env'>, cluster: Cluster, node: string, text: string): Why {
  const { path } = parseLitePath(text);
  const image = cluster.imageOf(node);
  const rootimg = findRootimg(files, image);
  const past = readPast(files, rootimg);
  const tree = new ImageTree(files, rootimg);
  const view = viewImage(cluster, image, tree, past, litefileRows(cluster, image));
  const place = placeIn(view, tree, past, path);
  const decides = place.volatile === undefined ? view.rowOver(path) : undefined;
  const planned = planRowsOf(view.resolved.rows);
  const rowAt = (real: string | undefined): PlanRow | undefined => planned.find((row) => row.path === real);
  const row = rowAt(decides?.real);
  const given = giver(row, rowAt);
  const isHere = thisMachine(files, cluster);
  const overlays = attemptEach([node], () => createOverlays({ files, env }).effectsOf(cluster, node, image, { rows: view.resolved.rows, created: [...createdPaths(past)] }));
  const [first, last] = overlaySearches(overlays.done.flat(), place.real);
  const trees = [...first, ...searchTrees(files, view, node, given === undefined ? { path: place.real } : wantedOf(given, row, place), isHere), ...last];
  const store = unlessRefused(() => storeOf(cluster, node)); // a row that cannot be used is among the problems
  const covered: Covered | undefined = given === undefined || row === undefined ? undefined : { node, place, decides: row, row: given, trees, store, inStore: inStore(files, store, node, place.real, isHere) };
  const mounted = place.volatile === undefined ? mountedOver(view, node, place.real) : undefined;
  const pending = pendingReason(past, view.resolved.rows);
  return {
    node, image: image.name, path, place,
    candidates: candidatesFor(view, path, decides),
    ...(decides === undefined || row === undefined ? {} : { row: decidingRow(view, decides, row, place) }),
    trees,
    from: mounted?.from ?? (covered === undefined ? bareOrigin(place) : originOf(covered)),
    sees: mounted?.sees ?? (covered === undefined ? bareSight(place) : sightOf(covered)),
    chain: chainOf(tree, path),
    ...(pending === undefined ? {} : { pending }),
    problems: [...new Set([...problemsOf(view, node), ...overlays.refused.flatMap(({ problems }) => problems.map(({ message }) => message))])],
    ...(covered === undefined && mounted === undefined && place.volatile === undefined && place.problem === undefined
      ? { suggestion: proposalCommand({ image: image.name, file: place.type === 'directory' ? `${place.real}/` : place.real, options: '' }) } : {}),
  };
}

// --- internal ---

/** What overlays do with a path, as searches before and after the litetree directories; what they add or delete gives nothing by itself. */
function overlaySearches(effects: readonly PlacedEffect[], real: string): readonly [readonly TreeSearch[], readonly TreeSearch[]] {
  const searches = effects.filter(({ path, entry }) => path === real && entry.type !== 'directory').map(({ how, from }) => ({
    how,
    search: {
      priority: 'overlay', written: from.map(({ overlay, written }) => `${overlay}:${written}`).join(' < '), variables: [], expanded: from.map(({ overlay, written }) => `${overlay}:${written}`).join(' < '),
      found: how === 'put' || how === 'absent' ? 'there' as const : 'missing' as const, ...DOES[how], note: NOTES[how],
    },
  }));
  return [searches.filter(({ how }) => how !== 'absent').map(({ search }) => search), searches.filter(({ how }) => how === 'absent').map(({ search }) => search)];
}

const NOTES: Readonly<Record<PlacedEffect['how'], string>> = {
  put: 'it comes before all litetree directories', append: 'it is added to what the file is otherwise', join: 'it is joined last', absent: 'it counts when nothing else has the file',
  delete: 'the file is deleted', whiteout: 'the file is deleted', opaque: 'what was there is deleted',
};

const DOES: Readonly<Record<PlacedEffect['how'], Pick<TreeSearch, 'does'>>> = {
  put: {}, absent: {}, append: { does: 'adds' }, join: { does: 'adds' }, delete: { does: 'deletes' }, whiteout: { does: 'deletes' }, opaque: {},
};

function placeIn(view: ImageView, tree: ImageTree, past: Past, path: string): PathInImage {
  const fact = readFacts(tree, [path], createdPaths(past)).get(path);
  if (fact === undefined) throw new Error(`no fact for ${path}`);
  return { ...fact, symlinks: symlinksOn(view, path) };
}

function symlinksOn(view: ImageView, path: string): PathInImage['symlinks'] {
  let at = '/';
  return path.split('/').filter((name) => name !== '').flatMap((name) => {
    const asked = below(at, name);
    at = view.find(asked).real;
    return at === asked ? [] : [{ path: asked, leadsTo: at }];
  });
}

/** The row whose work gives a row its content: its own, or that of the directory that does all for it. */
function giver(row: PlanRow | undefined, rowAt: (path: string | undefined) => PlanRow | undefined): PlanRow | undefined {
  return row?.covered === true ? giver(rowAt(row.parent), rowAt) : row;
}

// Of a read-only directory the first source that has the directory shows; everything else is looked for by its own path.
const wantedOf = (given: PlanRow, row: PlanRow | undefined, { real }: PathInImage) =>
  given.mode === 'ro' ? { path: given.path, type: given.type } : row?.path === real ? { path: real, type: row.type } : { path: real };

function decidingRow(view: ImageView, { written, reason, parent }: PolicyRow, row: PlanRow, { real }: PathInImage): DecidingRow {
  const byReal = new Map(view.resolved.rows.map((one) => [one.real, one]));
  const parents: string[] = [];
  for (let above = parent; above !== undefined; above = byReal.get(above)?.parent) parents.push(above);
  return { ...row, written, reason, isOwn: row.path === real, parents };
}

function inStore(files: Files, store: Store | undefined, node: string, path: string, isHere: (server: string) => boolean): boolean | undefined {
  if (store === undefined || !isHere(store.server)) return undefined;
  return unlessRefused(() => files.exists(`${store.directory.replace(/\/$/, '')}/${node}${path}`));
}

function bareOrigin({ type, volatile }: PathInImage): string {
  if (volatile !== undefined) return 'the node itself';
  return type === 'missing' ? NOWHERE : 'the image';
}

function bareSight({ real, volatile }: PathInImage): Sight {
  return volatile === undefined
    ? { writable: false, kept: false, where: real, text: 'read-only from the image: no litefile row covers it' }
    : { writable: true, kept: false, where: real, text: `writable without any row: ${volatile}, which the node makes anew in RAM at every boot` };
}

/** What liteimg and nodeset would refuse, each once. */
function problemsOf({ cluster, image, resolved: { rows, problems } }: ImageView, node: string): readonly string[] {
  const { refused } = attemptEach([node], () => compilePlan(cluster, node, image, rows));
  return [...new Set([...problems, ...refused.flatMap((one) => one.problems)].map(({ message }) => message))];
}
