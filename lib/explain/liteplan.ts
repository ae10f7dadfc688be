import type { Cluster } from '../cluster/cluster.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
import { remember } from '../cluster/remember.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { counted } from '../counted.ts';
import { describeChange } from '../plan/diff.ts';
import { groupPlans, type PlanGroup } from '../plan/general.ts';
import { refusalFacts, refusalLines } from '../refusals.ts';
import type { ImageNow } from './image-now.ts';
import { recordedChanges } from './recorded-changes.ts';
import { planLines } from './plan-text.ts';
import { plansNow } from './plans-now.ts';

export interface LiteplanRequest {
  readonly noderange: string;
  /** Compare with the plans that nodeset left. */
  readonly diff: boolean;
  readonly json: boolean;
}

/**
 * What nodes will do at their next boot as the tables are now, nodes with equal plans together; with `diff` what of that is not yet in
 * the plan that nodeset left beside the image: then the exit code is 1 when something differs, 0 when nothing does. Changes nothing.
 */
export function liteplan({ system, notice }: Context, cluster: Cluster, { noderange, diff, json }: LiteplanRequest): Result {
  const { files } = system;
  const nodes = expandNoderange(cluster, noderange, noderangeOptions(system));
  const now = plansNow(system, cluster, nodes);
  const images = [...now.images.values()];
  if (!diff) {
    const groups = groupPlans(now.plans);
    for (const line of [...images.flatMap(noticesOf), ...refusalLines(now.refused)]) notice(line);
    const output = json
      ? toJson([...groups.map((group) => groupFacts(group, now.images.get(group.image))), ...refusalFacts(now.refused)])
      : groups.map((group) => planLines(group).join('\n')).join('\n\n');
    return { exitCode: now.refused.length === 0 ? 0 : 1, output };
  }
  const { changes, refused } = recordedChanges(files, now);
  const pending = images.filter((image) => image.pending !== undefined);
  for (const line of refusalLines(refused)) notice(line);
  const range = remember((list: string) => formatNoderange(list.split('\n')));
  const isSame = changes.length === 0 && pending.length === 0 && refused.length === 0;
  const lines = [
    ...changes.map((change) => `${counted(change.nodes.length, 'node')} (${range(change.nodes.join('\n'))}): ${describeChange(change)}`),
    ...pending.map(({ image, pending: why = '' }) => `image ${image.name}: ${why}; run liteimg ${image.name}`),
  ];
  const facts = {
    changes: changes.map(({ nodes: list, ...change }) => ({ noderange: range(list.join('\n')), nodes: list, ...change })),
    images: pending.map(({ image, pending: why }) => ({ image: image.name, pending: why, hint: `liteimg ${image.name}` })),
    refused: refusalFacts(refused),
  };
  return { exitCode: isSame ? 0 : 1, output: json ? toJson(facts) : isSame ? `No difference: ${counted(nodes.length, 'node')} with the plan that nodeset left.` : lines.join('\n') };
}

// --- internal ---

const noticesOf = ({ image, notices, pending }: ImageNow): readonly string[] => [
  ...notices.map(({ text }) => `Notice: ${image.name}: ${text}`),
  ...(pending === undefined ? [] : [`Notice: ${image.name}: ${pending}`, `  Hint: liteimg ${image.name}`]),
];

const groupFacts = ({ hashes, ...plan }: PlanGroup, image: ImageNow | undefined): object => ({
  noderange: formatNoderange([...hashes.keys()]), ...plan, hashes: Object.fromEntries(hashes), notices: image?.notices ?? [], ...(image?.pending === undefined ? {} : { pending: image.pending }),
});
