import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { remember } from '../cluster/remember.ts';
import { createOverlays } from '../overlay/overlays.ts';
import type { BootPlan } from '../plan/boot-plan.ts';
import { compilePlan } from '../plan/compile.ts';
import { attemptEach, settled, type Refusal } from '../refusals.ts';
import type { System } from '../system/system.ts';
import { imageNow, type ImageNow } from './image-now.ts';

/** The plans of nodes as the tables are now: what nodeset would write once liteimg has run. */
export interface PlansNow {
  readonly plans: readonly BootPlan[];
  readonly refused: readonly Refusal[];
  /** The images of the plans by name. */
  readonly images: ReadonlyMap<string, ImageNow>;
}

/** Compiles the plan of each node; those that cannot have one are refused with all that stands against it. Changes nothing. */
export function plansNow({ files, env }: Pick<System, 'files' | 'env'>, cluster: Cluster, nodes: readonly string[]): PlansNow {
  const overlays = createOverlays({ files, env });
  const images = new Map<string, ImageNow>();
  const look = remember((image: OsImage) => settled(() => imageNow(files, cluster, image)));
  const { done, refused } = attemptEach(nodes, (node) => {
    const image = cluster.imageOf(node);
    const now = look(image)();
    images.set(image.name, now);
    return compilePlan(cluster, node, image, now.rows, () => overlays.partsOf(cluster, node, image, now));
  });
  return { plans: done, refused, images };
}
