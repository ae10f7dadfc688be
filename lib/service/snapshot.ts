import { join } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { isYes } from '../cluster/yes.ts';
import { partitionTextOf } from '../disks/node-disks.ts';
import { partitionPath } from '../disks/partition-file.ts';
import { StateliteError } from '../errors.ts';
import { JOURNAL, MANIFEST, requireManifest, type Manifest } from '../image/manifest.ts';
import type { PlanOverlay, Source } from '../plan/boot-plan.ts';
import { compilePlan } from '../plan/compile.ts';
import { renderPlan, type Wipe } from '../plan/render.ts';
import { usesOverlays } from '../overlay/assigned.ts';
import type { Overlays } from '../overlay/overlays.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Files } from '../system/files.ts';
import { compileAccess, type Access } from './access.ts';
import { compileAddresses, type Addresses } from './identity.ts';

/** A node's plan, ready to send. */
export interface ServedPlan {
  readonly hash: string;
  readonly text: Buffer;
  /** What stands before the text: the node's own files, when it has some. Not kept with the plan, as they may be large. */
  readonly own?: Buffer;
  /** The same with a wipe of a disk; unset for a node without local disks. */
  readonly withWipe?: (wipe: Wipe) => Buffer;
  /** For xCAT nodes, which ask for rows and sources by themselves. */
  readonly rows: readonly PolicyRow[];
  readonly sources: readonly Source[];
  readonly overlays: readonly PlanOverlay[];
}

/** The tables compiled for answering; a newer one replaces it as a whole. */
export interface Snapshot {
  readonly cluster: Cluster;
  readonly addresses: Addresses;
  readonly access: Access;
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  /** site.privilegedport: a request must come from a port below 1024. */
  readonly privilegedPort: boolean;
  /** site.nodetoken: a plan is given for the token of the last nodeset only. */
  readonly wantsToken: boolean;
  /**
   * The node's plan, compiled at the first request and again after liteimg wrote the image's manifest. Throws what makes it
   * impossible: NODE_INCOMPLETE, IMAGE_NOT_LITED, IMAGE_BUSY, NO_STORE, VARIABLE_UNSET.
   */
  readonly planOf: (node: string) => ServedPlan;
  /** An archive that the node's plan names, none for its own files; undefined when its overlays have changed since. */
  readonly archiveOf: (node: string, hash: string) => Buffer | undefined;
  /** Compiles the plans of all nodes before they are asked for, a few in each idle moment; ends early when `isWanted` says so, and at once where overlays are used. */
  readonly prepare: (isWanted: () => boolean) => Promise<void>;
  /** The partition file of the node's image as it is now, after the line `type=format` or `type=script` that xCAT's nodes look for; '' when linuximage names none. Throws FILE_SYSTEM and ROW_INVALID. */
  readonly partitionsOf: (node: string) => string;
}

/** Compiles a snapshot; plans follow when they are asked for. */
export function createSnapshot(files: Files, cluster: Cluster, loadedAt: number, overlays: Pick<Overlays, 'partsOf' | 'changes' | 'content'> = NO_OVERLAYS): Snapshot {
  const manifestOf = createManifests(files);
  const plans = new Map<string, { readonly manifest: Manifest; readonly changes: number; readonly partitions: string | undefined; readonly plan: ServedPlan }>();
  /** Undefined when its own files have changed since it was made. */
  const withOwn = (node: string, plan: ServedPlan): ServedPlan | undefined => {
    const part = plan.overlays.find(({ kind }) => kind === 'own');
    const own = part === undefined ? undefined : contentOf(node, part);
    return part === undefined ? plan : own === undefined ? undefined : { ...plan, own };
  };
  const contentOf = (node: string, part: PlanOverlay): Buffer | undefined => {
    const image = cluster.imageOf(node);
    return overlays.content(cluster, node, image, manifestOf(image), part);
  };
  const planOf = (node: string): ServedPlan => {
    const image = cluster.imageOf(node);
    const manifest = manifestOf(image);
    const kept = plans.get(node);
    const changes = overlays.changes();
    const partitions = partitionTextOf(cluster, node, image);
    if (kept?.manifest === manifest && kept.changes === changes && kept.partitions === partitions) {
      const whole = withOwn(node, kept.plan);
      if (whole !== undefined) return whole;
    }
    const compiled = compilePlan(cluster, node, image, manifest.rows, () => overlays.partsOf(cluster, node, image, manifest));
    const plan: ServedPlan = { hash: compiled.hash, text: Buffer.from(renderPlan(compiled)), rows: manifest.rows, sources: compiled.sources, overlays: compiled.overlays ?? [],
      ...(compiled.disks === undefined ? {} : { withWipe: (wipe: Wipe) => Buffer.from(renderPlan(compiled, wipe)) }) };
    plans.set(node, { manifest, changes, partitions, plan });
    const whole = withOwn(node, plan);
    if (whole === undefined) throw new StateliteError('IMAGE_BUSY', `the overlays of ${node} were changed while its plan was made`);
    return whole;
  };
  const prepareOne = (node: string): void => {
    try {
      planOf(node);
    } catch {
      // The node that asks is told why.
    }
  };
  return {
    cluster,
    addresses: compileAddresses(cluster),
    access: compileAccess(cluster),
    loadedAt,
    privilegedPort: isYes(cluster.site('privilegedport')),
    wantsToken: isYes(cluster.site('nodetoken')),
    planOf,
    archiveOf: (node, hash) => {
      const part = planOf(node).overlays.find((one) => one.hash === hash && one.kind !== 'own');
      return part === undefined ? undefined : contentOf(node, part);
    },
    prepare: async (isWanted) => {
      // Files of overlays are made for the nodes that ask: in a storm nobody waits for those of others.
      if (usesOverlays(cluster)) return;
      for (let at = 0; at < cluster.nodes.length && isWanted(); at += PREPARED_AT_ONCE) {
        for (const node of cluster.nodes.slice(at, at + PREPARED_AT_ONCE)) prepareOne(node);
        await new Promise(setImmediate);
      }
    },
    partitionsOf: (node) => {
      const { name, linuximage: { partitionfile = '' } } = cluster.imageOf(node);
      if (partitionfile === '') return '';
      const file = partitionPath(partitionfile);
      if (file !== undefined) return `type=${file.isScript ? 'script' : 'format'}\n${files.readText(file.path)}`;
      throw new StateliteError('ROW_INVALID', `linuximage row imagename=${name}: partitionfile is "${partitionfile}", wanted the path of a file, or s: and that of a script`);
    },
  };
}

// --- internal ---

const NO_OVERLAYS: Pick<Overlays, 'partsOf' | 'changes' | 'content'> = { partsOf: () => [], changes: () => 0, content: () => undefined };

/** Plans compiled before others have their turn: a few milliseconds. */
const PREPARED_AT_ONCE = 25;

/** Manifests by image, read again when the file is another one; looked at once in a turn of the event loop, however many nodes ask in it. */
function createManifests(files: Files): (image: OsImage) => Manifest {
  const kept = new Map<string, { readonly stamp: string; readonly manifest: Manifest }>();
  const seen = new Map<OsImage, Manifest>();
  const look = (image: OsImage): Manifest => {
    const rootimg = join(image.directory, 'rootimg');
    if (files.exists(join(rootimg, JOURNAL))) {
      throw new StateliteError('IMAGE_BUSY', `liteimg is changing ${image.name}, or was stopped while it did`, { hint: `liteimg ${image.name}` });
    }
    const fact = files.look(join(rootimg, MANIFEST));
    const stamp = fact === undefined ? '' : `${fact.device} ${fact.inode} ${fact.mtimeNs} ${fact.size}`;
    const known = kept.get(rootimg);
    if (known?.stamp === stamp) return known.manifest;
    const manifest = requireManifest(files, rootimg, image.name);
    kept.set(rootimg, { stamp, manifest });
    return manifest;
  };
  return (image) => {
    const known = seen.get(image);
    if (known !== undefined) return known;
    const manifest = look(image);
    if (seen.size === 0) setImmediate(() => seen.clear());
    seen.set(image, manifest);
    return manifest;
  };
}
