import { createCluster } from '../../lib/cluster/create.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import type { BootPlan } from '../../lib/plan/boot-plan.ts';
import { policyOf, type Rows } from './liting.ts';

/** The plan of a node that boots a tree with these rows, with a store, and litetree rows `priority: server:/directory`. */
export function planOf(node: string, root: string, rows: Rows, trees: Readonly<Record<string, string>>, store = 'server:/state'): BootPlan {
  const cluster = createCluster({
    nodelist: [{ node }],
    litetree: Object.entries(trees).map(([priority, directory]) => ({ priority, directory })),
    statelite: [{ node, statemnt: store }],
    osimage: [{ imagename: 'image', provmethod: 'statelite' }],
    linuximage: [{ imagename: 'image', rootimgdir: '/install/image' }],
  });
  const image = cluster.image('image');
  if (image === undefined) throw new Error('no image');
  return compilePlan(cluster, node, image, policyOf(root, rows).rows);
}
