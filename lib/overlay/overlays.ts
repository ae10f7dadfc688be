import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { createdPaths, type Manifest } from '../image/manifest.ts';
import { rootimgOf } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { PartKind, PlanOverlay } from '../plan/boot-plan.ts';
import { isWithin } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { System } from '../system/system.ts';
import { assignedOverlays, usesOverlays } from './assigned.ts';
import { fstabProblems } from './fstab.ts';
import { createHostKeys } from './host-keys.ts';
import { createMaker, type OverlayMaker } from './make-files.ts';
import { mergeOverlays, type MadeFile } from './merge.ts';
import { kindOf, makePart, type Part } from './part.ts';
import { placeEffects, type ImageGround, type PlacedEffect } from './place.ts';
import { resolveFiles } from './resolve.ts';
import { openRenderer, type Renderer } from './renderer.ts';
import { scriptRuleProblems } from './script-rules.ts';
import { INCLUDES, readIncludes, readOverlay, stampOf } from './scan.ts';

/** All overlays of a node, laid over each other and on its image. */
export interface Composition {
  /** Sorted by path. */
  readonly effects: readonly PlacedEffect[];
  readonly parts: readonly Part[];
}

/** The overlays of a site, filled for nodes on demand; what was made is kept while nothing it is made of changes. */
export interface Overlays {
  /** What a node's plan says of overlays: none when it has none. Throws every problem of its overlays at once. */
  partsOf(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>): readonly PlanOverlay[];
  compose(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>): Composition;
  /** A number that grows when overlays change that were looked at before: plans made at another number may be old. */
  changes(): number;
  /** An archive that the node's plan names, made again when it is not remembered; undefined when its overlays have changed since. */
  archive(cluster: Cluster, node: string, image: OsImage, past: Pick<Manifest, 'rows' | 'created'>, hash: string): Buffer | undefined;
}

/** With a clock an edit of an overlay counts a second later at most; without one overlays are looked at once. Archives of `mostBytes` together are remembered. */
export function createOverlays({ files, clock, ...rest }: Pick<System, 'files'> & Partial<Pick<System, 'clock' | 'env'>>, mostBytes = MOST_BYTES): Overlays {
  const archives = createArchives(mostBytes);
  const hostKeys = createHostKeys({ files, ...rest });
  const makers = new Map<string, { readonly of: Look; readonly includes: Look; readonly maker: OverlayMaker }>();
  const renderers = new Map<string, { readonly includes: Look; readonly renderer: Renderer }>();
  const looked = new Map<string, Look>();
  let lookedAt = clock?.now() ?? 0;
  let changed = 0;
  const grounds = new WeakMap<readonly PolicyRow[], ImageGround>();
  const shared = new WeakMap<ImageGround, Map<string, { readonly placed: readonly PlacedEffect[]; readonly problems: readonly StateliteError[]; readonly part: Part | undefined; readonly paths: ReadonlySet<string>; readonly directories: readonly string[] }>>();
  const ids = new WeakMap<MadeFile, number>();
  let lastId = 0;

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
      ground = { image, tree: new ImageTree(files, rootimgOf(image)), created: createdPaths({ manifest: { version: 1, image: image.name, rows, created } }), rows: new Map(rows.map((row) => [row.real, row])) };
      grounds.set(rows, ground);
    }
    return ground;
  };
  const idOf = (file: MadeFile): number => {
    const id = ids.get(file) ?? (lastId += 1);
    ids.set(file, id);
    return id;
  };
  const partOf = (ground: ImageGround, kind: PartKind, placed: readonly PlacedEffect[], directories: readonly PlacedEffect[]): Part | undefined => {
    const part = makePart(ground, kind, placed.filter((one) => kindOf(one) === kind), new Map(directories.filter(({ entry }) => entry.type === 'directory').map(({ path, entry }) => [path, entry])));
    if (part !== undefined) archives.keep(part);
    return part;
  };

  const compose: Overlays['compose'] = (cluster, node, image, past) => {
    changes();
    const assigned = assignedOverlays(cluster, node, image);
    if (assigned.length === 0) {
      throwProblems(scriptRuleProblems(cluster, node, []));
      return NOTHING;
    }
    const installdir = cluster.site('installdir') ?? '/install';
    const problems: StateliteError[] = [];
    const filled = assigned.flatMap(({ name, from }): readonly MadeFile[] => {
      try {
        const { files: ofOverlay, problems: found } = makerOf(installdir, name).make(cluster, node, image);
        problems.push(...found);
        return ofOverlay;
      } catch (error) {
        if (!(error instanceof StateliteError)) throw error;
        for (const problem of error.problems.length > 0 ? error.problems : [error]) problems.push(new StateliteError(problem.code, `${from}: ${problem.message}`, { cause: problem, ...(problem.hint === undefined ? {} : { hint: problem.hint }) }));
        return [];
      }
    });
    const ground = groundOf(image, past);
    const made = resolveFiles(ground, filled);
    const common = made.filter(({ isOwn }) => !isOwn);
    const own = made.filter(({ isOwn }) => isOwn);
    const known = shared.get(ground) ?? new Map<string, never>();
    shared.set(ground, known);
    const key = common.map(idOf).join();
    let base = known.get(key);
    if (base === undefined) {
      const merged = mergeOverlays(common);
      const { placed, problems: found } = placeEffects(ground, merged);
      base = {
        placed, problems: found, part: partOf(ground, 'shared', placed, placed), directories: merged.filter(({ entry }) => entry.type === 'directory').map(({ path }) => path),
        paths: new Set(merged.filter(({ entry }) => entry.type !== 'directory').flatMap(({ path, from }) => [path, ...from.map((one) => one.path)])),
      };
      if (known.size >= MOST_LISTS) known.clear();
      known.set(key, base);
    }
    const { paths, directories } = base;
    const isApart = own.every(({ path }) => !paths.has(path) && !directories.some((other) => isWithin(other, path)) && ![...paths].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`)));
    const rest = isApart ? placeEffects(ground, mergeOverlays(own)) : placeEffects(ground, mergeOverlays(made));
    const effects = isApart ? [...base.placed, ...rest.placed].sort((one, two) => (one.path < two.path ? -1 : 1)) : rest.placed;
    const wrong = [...problems, ...isApart ? base.problems : [], ...rest.problems, ...fstabProblems(ground, effects), ...scriptRuleProblems(cluster, node, effects)];
    throwProblems([...new Map(wrong.map((problem) => [problem.message, problem])).values()], `problems in the overlays of ${node}`);
    const parts = [
      isApart ? base.part : partOf(ground, 'shared', effects, effects),
      ...rest.placed.some((one) => kindOf(one) === 'own') ? [partOf(ground, 'own', effects, effects)] : [],
      ...effects.some((one) => kindOf(one) === 'private') ? [partOf(ground, 'private', effects, effects)] : [],
    ];
    return { effects, parts: parts.filter((part) => part !== undefined) };
  };
  return {
    compose, changes,
    partsOf: (cluster, node, image, past) => (usesOverlays(cluster) ? compose(cluster, node, image, past).parts.map(({ kind, hash, bytes, overlays }) => ({ kind, hash, bytes, overlays })) : []),
    archive: (cluster, node, image, past, hash) => archives.get(hash) ?? compose(cluster, node, image, past).parts.find((part) => part.hash === hash)?.archive,
  };
}

// --- internal ---

/** An overlay as it was looked at; another one when anything in it has changed. */
interface Look {
  readonly installdir: string;
  readonly name: string;
  readonly stamp: string;
}

const LOOK_MS = 1000;
const MOST_LISTS = 1000;
const MOST_BYTES = 256 << 20;
const NOTHING: Composition = { effects: [], parts: [] };

/** Archives by hash; those not asked for the longest go when all together are too large. */
function createArchives(mostBytes: number): { readonly keep: (part: Part) => void; readonly get: (hash: string) => Buffer | undefined } {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  return {
    keep: ({ hash, archive }) => {
      const known = kept.get(hash);
      kept.delete(hash);
      kept.set(hash, known ?? archive);
      if (known === undefined) bytes += archive.length;
      for (const [oldest, content] of kept) {
        if (bytes <= mostBytes || oldest === hash) break;
        kept.delete(oldest);
        bytes -= content.length;
      }
    },
    get: (hash) => {
      const known = kept.get(hash);
      if (known === undefined) return undefined;
      kept.delete(hash);
      kept.set(hash, known);
      return known;
    },
  };
}
