import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { remember } from '../cluster/remember.ts';
import { problemAt, problemsOf, throwProblems, type StateliteError } from '../errors.ts';
import { ancestorsOf } from '../image/layout.ts';
import { locate } from '../image/locate.ts';
import { createdPaths, type Manifest } from '../image/manifest.ts';
import { rootimgOf } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { PartKind, PlanOverlay } from '../plan/boot-plan.ts';
import { isWithin } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { System } from '../system/system.ts';
import { assignedOverlays, usesOverlays } from './assigned.ts';
import { type Cast, castKey, castPart, idOf, weigh, type Weighed } from './cast.ts';
import { fstabProblems } from './fstab.ts';
import { createHostKeys } from './host-keys.ts';
import { createParts } from './kept-parts.ts';
import { createMaker, type OverlayMaker } from './make-files.ts';
import { mergeOverlays, type MadeFile } from './merge.ts';
import { isBrought, isOnTheWay, kindOf } from './part.ts';
import { placeEffects, type ImageGround, type PlacedEffect } from './place.ts';
import { resolveFiles } from './resolve.ts';
import { openRenderer, type Renderer } from './renderer.ts';
import { scriptRuleProblems } from './script-rules.ts';
import { INCLUDES, readIncludes, readOverlay, scriptNames, stampOf } from './scan.ts';

/** The overlays of a site, filled for nodes on demand; what was made is kept while nothing it is made of changes. */
export interface Overlays {
  /** What a node's plan says of overlays: none when it has none. Throws every problem of its overlays at once. */
  partsOf(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>): readonly PlanOverlay[];
  /** All overlays of a node, laid over each other and on its image, sorted by path. Throws as partsOf does. */
  effectsOf(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>): readonly PlacedEffect[];
  /** A number that grows when overlays change that were looked at before: plans made at another number may be old. */
  changes(): number;
  /** What goes to the node for a part of its plan: an archive, of own files the line before the plan. Undefined when its overlays have changed since. */
  content(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>, part: Pick<PlanOverlay, 'kind' | 'hash'>): Buffer | undefined;
}

/** With a clock an edit of an overlay counts a second later at most; without one overlays are looked at once. Content of `mostBytes` together is remembered. */
export function createOverlays({ files, clock, ...rest }: Pick<System, 'files'> & Partial<Pick<System, 'clock' | 'env'>>, mostBytes = MOST_BYTES): Overlays {
  const parts = createParts(mostBytes);
  const hostKeys = createHostKeys({ files, ...rest });
  const makers = new Map<string, { readonly of: Look; readonly includes: Look; readonly maker: OverlayMaker }>();
  const renderers = new Map<string, { readonly includes: Look; readonly renderer: Renderer }>();
  const looked = new Map<string, Look>();
  let lookedAt = clock?.now() ?? 0;
  let changed = 0;
  let scripts: { readonly installdir: string; readonly at: number; readonly names: ReadonlySet<string> } | undefined;
  const grounds = new WeakMap<readonly PolicyRow[], ImageGround>();
  const bases = new WeakMap<ImageGround, Map<string, Laid>>();
  const casts = new WeakMap<ImageGround, { readonly byKey: Map<string, Cast>; readonly weighed: Weighed }>();

  const changes = (): number => {
    if (clock === undefined || clock.now() - lookedAt < LOOK_MS) return changed;
    lookedAt = clock.now();
    for (const [key, one] of looked) {
      const now = stampOf(files, one.installdir, one.name);
      if (now === one.stamp) continue;
      looked.set(key, { ...one, stamp: now });
      changed += 1;
    }
    return changed;
  };
  const scriptsOf = (installdir: string): ReadonlySet<string> => {
    const at = clock?.now() ?? 0;
    if (scripts?.installdir !== installdir || at - scripts.at >= LOOK_MS) scripts = { installdir, at, names: scriptNames(files, installdir) };
    return scripts.names;
  };
  const lookAt = (installdir: string, name: string): Look => {
    const key = `${installdir}/${name}`;
    let known = looked.get(key);
    if (known === undefined) {
      known = { installdir, name, stamp: stampOf(files, installdir, name) };
      looked.set(key, known);
    }
    return known;
  };
  const rendererOf = (installdir: string): Renderer => {
    const includes = lookAt(installdir, INCLUDES);
    const known = renderers.get(installdir);
    if (known?.includes === includes) return known.renderer;
    const renderer = openRenderer(readIncludes(files, installdir));
    renderers.set(installdir, { includes, renderer });
    return renderer;
  };
  const makerOf = (installdir: string, name: string): OverlayMaker => {
    const key = `${installdir}/${name}`;
    const [of, includes] = [lookAt(installdir, name), lookAt(installdir, INCLUDES)];
    const known = makers.get(key);
    if (known?.of === of && known.includes === includes) return known.maker;
    const maker = createMaker(readOverlay(files, installdir, name), rendererOf(installdir), hostKeys);
    makers.set(key, { of, includes, maker });
    return maker;
  };
  const groundOf = (image: OsImage, { rows, created }: Pick<Manifest, 'rows' | 'created'>): ImageGround => {
    let ground = grounds.get(rows);
    if (ground === undefined) {
      const tree = new ImageTree(files, rootimgOf(image));
      const made = createdPaths({ manifest: { version: 1, image: image.name, rows, created } });
      ground = { image, tree, locate: remember((path) => locate(tree, path, made)), created: made, rows: new Map(rows.map((row) => [row.real, row])), above: new Set(rows.flatMap(({ real }) => ancestorsOf(real))) };
      grounds.set(rows, ground);
    }
    return ground;
  };

  /** What is the same for all nodes with these files, laid on the image once. */
  const baseOf = (ground: ImageGround, common: readonly MadeFile[]): Laid => {
    const ofGround = bases.get(ground) ?? new Map<string, Laid>();
    bases.set(ground, ofGround);
    const key = common.map(idOf).join();
    const base = ofGround.get(key) ?? lay(ground, common);
    if (ofGround.size >= MOST_LISTS) ofGround.clear();
    ofGround.set(key, base);
    return base;
  };
  const ruleProblems = (cluster: Cluster, node: string, placed: readonly PlacedEffect[]): readonly StateliteError[] => scriptRuleProblems(cluster, node, placed, () => scriptsOf(installdirOf(cluster)));
  /** Undefined for a node without overlays. Throws what is wrong with its rows. */
  const fill = (cluster: Cluster, node: string, image: OsImage): Filled | undefined => {
    changes();
    const assigned = assignedOverlays(cluster, node, image);
    const installdir = installdirOf(cluster);
    if (assigned.length === 0) {
      throwProblems(ruleProblems(cluster, node, []));
      return undefined;
    }
    const problems: StateliteError[] = [];
    const made = assigned.flatMap(({ name, from }): readonly MadeFile[] => {
      try {
        const { files: ofOverlay, problems: found } = makerOf(installdir, name).make(cluster, node, image);
        problems.push(...found);
        return ofOverlay;
      } catch (error) {
        problems.push(...problemsOf(error).map((problem) => problemAt(from, problem)));
        return [];
      }
    });
    return { files: made, problems };
  };
  /** Those that stand alone, then own files; or all in one when they cannot be parted. Throws all that is wrong with them. */
  const layAll = (cluster: Cluster, node: string, ground: ImageGround, filled: Filled): readonly Laid[] => {
    const made = resolveFiles(ground, filled.files);
    const own = made.filter(({ isOwn }) => isOwn);
    const base = baseOf(ground, made.filter(({ isOwn }) => !isOwn));
    const laid = own.length === 0 ? [base] : own.every(({ path }) => isApart(base, path)) ? [base, lay(ground, own)] : [lay(ground, made)];
    const wrong = [...filled.problems, ...laid.flatMap((one) => one.problems), ...ruleProblems(cluster, node, laid.flatMap(({ placed }) => placed))];
    throwProblems([...new Map(wrong.map((problem) => [problem.message, problem])).values()], `problems in the overlays of ${node}`);
    return laid;
  };
  /** Laid on the image once for all nodes whose files differ in what own ones hold only. Throws as layAll does. */
  const castOf = (cluster: Cluster, node: string, ground: ImageGround, filled: Filled): Cast => {
    const ofGround = casts.get(ground) ?? { byKey: new Map<string, Cast>(), weighed: new WeakSet() };
    casts.set(ground, ofGround);
    const { byKey, weighed } = ofGround;
    const known = filled.problems.length === 0 ? byKey.get(castKey(filled.files, weighed)) : undefined;
    if (known !== undefined) {
      throwProblems(ruleProblems(cluster, node, known.placed), `problems in the overlays of ${node}`);
      return known;
    }
    const laid = layAll(cluster, node, ground, filled);
    const placed = laid.flatMap((one) => one.placed);
    weigh(placed, weighed);
    const effectsOf = shareOut(laid, placed);
    const directories = inOneList(laid.map((one) => one.directories));
    const parts = KINDS.flatMap((kind) => (effectsOf[kind].length === 0 ? [] : [castPart(ground, kind, effectsOf[kind], kind === 'shared' ? laid[0]?.directories ?? [] : directories, filled.files, weighed)]));
    const cast = { placed, parts };
    if (byKey.size >= MOST_LISTS) byKey.clear();
    byKey.set(castKey(filled.files, weighed), cast);
    return cast;
  };
  const makeParts = (cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>, kinds: readonly PartKind[]): readonly PlanOverlay[] => {
    const filled = fill(cluster, node, image);
    if (filled === undefined) return [];
    const ground = groundOf(image, past);
    return castOf(cluster, node, ground, filled).parts.filter(({ kind }) => kinds.includes(kind)).map(({ kind, keyOf, pour }) => parts.part(ground, kind, keyOf(filled.files), () => pour(filled.files)));
  };
  return {
    changes,
    partsOf: (cluster, node, image, past) => (usesOverlays(cluster) ? makeParts(cluster, node, image, past, KINDS) : []),
    effectsOf: (cluster, node, image, past) => {
      const filled = fill(cluster, node, image);
      return filled === undefined ? [] : inOneList(layAll(cluster, node, groundOf(image, past), filled).map(({ placed }) => placed));
    },
    content: (cluster, node, image, past, part) => {
      const known = parts.content(part);
      if (known !== undefined) return known;
      makeParts(cluster, node, image, past, [part.kind]);
      return parts.content(part);
    },
  };
}

// --- internal ---

/** An overlay as it was looked at; another one when anything in it has changed. */
interface Look {
  readonly installdir: string;
  readonly name: string;
  readonly stamp: string;
}

const installdirOf = (cluster: Cluster): string => cluster.site('installdir') ?? '/install';

const LOOK_MS = 1000;
const MOST_LISTS = 1000;
const MOST_BYTES = 256 << 20;
const KINDS: readonly PartKind[] = ['shared', 'own', 'private'];

/** The files of a node's overlays, in their order, with what is wrong with others. */
interface Filled {
  readonly files: readonly MadeFile[];
  readonly problems: readonly StateliteError[];
}

/** Overlays laid over each other and on an image. */
interface Laid {
  /** Sorted by path, as are the others. */
  readonly placed: readonly PlacedEffect[];
  readonly kinds: Readonly<Record<PartKind, readonly PlacedEffect[]>>;
  readonly directories: readonly PlacedEffect[];
  /** Paths of all but directories, also where one file has taken another's place. */
  readonly paths: ReadonlySet<string>;
  readonly folders: readonly string[];
  readonly problems: readonly StateliteError[];
}

function lay(ground: ImageGround, files: readonly MadeFile[]): Laid {
  const merged = mergeOverlays(files);
  const { placed, problems } = placeEffects(ground, merged);
  const ofKind = (kind: PartKind): readonly PlacedEffect[] => placed.filter((one) => kindOf(one) === kind);
  return {
    placed, kinds: { shared: ofKind('shared'), own: ofKind('own'), private: ofKind('private') }, directories: placed.filter(({ entry }) => entry.type === 'directory'),
    paths: new Set(merged.filter(({ entry }) => entry.type !== 'directory').flatMap(({ path, from }) => [path, ...from.map((one) => one.path)])),
    folders: merged.filter(({ entry }) => entry.type === 'directory').map(({ path }) => path),
    problems: [...problems, ...fstabProblems(ground, placed)],
  };
}

/** True when nothing of these overlays is at a path, above it or below it; directories may be above. */
const isApart = ({ paths, folders }: Laid, path: string): boolean => !paths.has(path) && !folders.some((other) => isWithin(other, path)) && ![...paths].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`));

/**
 * The effects of each kind of part. Own files never change what the others have in common. A directory comes with the files below it; one that no file brings
 * goes with another part, if there is one, so that nothing is fetched for it alone.
 */
function shareOut(laid: readonly Laid[], placed: readonly PlacedEffect[]): Laid['kinds'] {
  const shared = laid[0]?.kinds.shared ?? [];
  const [own, privately] = [inOneList(laid.map(({ kinds }) => kinds.own)), inOneList(laid.map(({ kinds }) => kinds.private))];
  if (!shared.every(isOnTheWay)) return { shared, own, private: privately };
  const alone = shared.filter((one) => !isBrought(one, placed));
  if (own.length > 0) return { shared: [], own: inOneList([alone, own]), private: privately };
  return privately.length > 0 ? { shared: [], own, private: inOneList([alone, privately]) } : { shared: alone, own, private: privately };
}

/** One list of sorted ones. */
function inOneList(lists: readonly (readonly PlacedEffect[])[]): readonly PlacedEffect[] {
  const [first = [], ...others] = lists.filter((list) => list.length > 0);
  return others.length === 0 ? first : [first, ...others].flat().sort((one, two) => (one.path < two.path ? -1 : one.path > two.path ? 1 : 0));
}
