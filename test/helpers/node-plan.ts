import { readManifest } from '../../lib/image/manifest.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import { createOverlays } from '../../lib/overlay/overlays.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import type { BootPlan, PlanOverlay } from '../../lib/plan/boot-plan.ts';
import { createFiles } from '../../lib/system/files.ts';
import { policyOf, type Rows } from './liting.ts';

/** What a node boots, and what it gets besides. */
export interface PlannedNode {
  readonly node: string;
  /** The image's directory, with `rootimg` in it. */
  readonly image: string;
  readonly rows: Rows;
  /** litetree rows, `priority: server:/directory`. */
  readonly trees: Readonly<Record<string, string>>;
  readonly store: string;
  /** Where overlays lie, and which ones the node has. */
  readonly installdir: string;
  readonly overlays: readonly string[];
  /** overlays.scripts of the node. */
  readonly scriptRules?: string;
}

/** A plan, the line of the node's own files that stands before it, and the archives of overlays that the node fetches, by hash. */
export interface Planned {
  readonly plan: BootPlan;
  /** '' for none. */
  readonly own: string;
  readonly archives: ReadonlyMap<string, Buffer>;
}

export function planOf({ node, image: directory, rows, trees, store, installdir, overlays: names, scriptRules }: PlannedNode): Planned {
  const cluster = createCluster({
    site: [{ key: 'installdir', value: installdir }],
    nodelist: [{ node }],
    litetree: Object.entries(trees).map(([priority, tree]) => ({ priority, directory: tree })),
    statelite: [{ node, statemnt: store }],
    osimage: [{ imagename: 'image', provmethod: 'statelite' }],
    linuximage: [{ imagename: 'image', rootimgdir: directory }],
    overlays: names.length === 0 ? [] : [{ node, overlays: names.join(), ...(scriptRules === undefined ? {} : { scripts: scriptRules }) }],
  });
  const image = cluster.image('image');
  if (image === undefined) throw new Error('no image');
  const files = createFiles();
  const rootimg = `${directory}/rootimg`;
  const past = { rows: policyOf(rootimg, rows).rows, created: readManifest(files, rootimg)?.created ?? [] };
  const overlays = createOverlays({ files });
  const plan = compilePlan(cluster, node, image, past.rows, () => overlays.partsOf(cluster, node, image, past));
  const content = (part: PlanOverlay): Buffer => overlays.content(cluster, node, image, past, part) ?? Buffer.alloc(0);
  const [own] = (plan.overlays ?? []).filter(({ kind }) => kind === 'own');
  return { plan, own: own === undefined ? '' : content(own).toString(), archives: new Map((plan.overlays ?? []).filter((part) => part !== own).map((part) => [part.hash, content(part)])) };
}
