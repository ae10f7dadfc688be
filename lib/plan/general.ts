import { remember } from '../cluster/remember.ts';
import type { BootPlan, PlanRow } from './boot-plan.ts';

/** Nodes whose plans are the same but for their own name, which is `$node` where it makes the plans differ. */
export interface PlanGroup extends Omit<BootPlan, 'version' | 'node' | 'hash'> {
  /** Hash of each node's plan. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Puts nodes with equal plans together, in the order they come. */
export function groupPlans(plans: readonly BootPlan[]): readonly PlanGroup[] {
  const rowsKey = remember((rows: readonly PlanRow[]) => JSON.stringify(rows));
  const groups = new Map<string, { plan: Facts; text: string; hashes: Map<string, string> }>();
  for (const plan of plans) {
    const general = generalFacts(plan);
    const key = `${JSON.stringify(general)}${rowsKey(plan.rows)}`;
    const exact = factsOf(plan);
    const text = JSON.stringify(exact);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { plan: { ...exact, rows: plan.rows }, text, hashes: new Map([[plan.node, plan.hash]]) });
    else {
      group.hashes.set(plan.node, plan.hash);
      if (group.text !== text) group.plan = { ...general, rows: plan.rows };
    }
  }
  return [...groups.values()].map(({ plan, hashes }) => ({ ...plan, hashes }));
}

/** A text of a node with `$node` in place of its name, where that stands for itself. */
export const generalText = (node: string, text: string): string =>
  text.includes(node) ? text.replace(new RegExp(`(?<![A-Za-z0-9_])${node.replace(/[^A-Za-z0-9_]/g, '\\$&')}(?![A-Za-z0-9_])`, 'g'), () => '$node') : text;

// --- internal ---

type Facts = Omit<PlanGroup, 'hashes'>;

const factsOf = ({ image, store, sources, disks, overlays }: BootPlan): Omit<Facts, 'rows'> =>
  ({ image, ...(store === undefined ? {} : { store }), sources, ...(disks === undefined ? {} : { disks }), ...(overlays === undefined ? {} : { overlays }) });

function generalFacts(plan: BootPlan): Omit<Facts, 'rows'> {
  const general = (text: string): string => generalText(plan.node, text);
  const { image, store, sources, disks, overlays } = factsOf(plan);
  return {
    image,
    ...(store === undefined ? {} : { store: { ...store, server: general(store.server), directory: general(store.directory) } }),
    ...(overlays === undefined ? {} : { overlays: overlays.map((one) => (one.kind === 'shared' ? one : { ...one, hash: '$node', bytes: 0 })) }),
    sources: sources.map((source) => ({ ...source, ...(source.server === undefined ? {} : { server: general(source.server) }), directory: general(source.directory) })),
    ...(disks === undefined ? {} : { disks }),
  };
}
