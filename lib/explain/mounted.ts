import type { ImageView } from '../check/image-view.ts';
import { describePart } from '../disks/describe.ts';
import type { PartPlan } from '../disks/disk-plan.ts';
import { disksOf } from '../disks/node-disks.ts';
import { isWithin } from '../policy/path.ts';
import { unlessRefused } from '../refusals.ts';
import type { Sight } from './why.ts';

/** What a partition of a node's local disks shows at a path. It is mounted after the rows are made, over what they give. */
export interface Mounted {
  /** Where the content comes from, in words. */
  readonly from: string;
  readonly sees: Sight;
}

/** The partition that is mounted over a path, the nearest of several; undefined for none, and for disks that cannot be used, which is a problem of the plan. */
export function mountedOver(view: ImageView, node: string, real: string): Mounted | undefined {
  const disks = unlessRefused(() => disksOf(view.cluster, node, view.image)) ?? [];
  const over = disks.flatMap(({ disk, parts }) => parts.map((part) => ({ disk, part })))
    .filter(({ part: { mount } }) => mount.startsWith('/') && isWithin(real, view.find(mount).real))
    .sort((one, two) => view.find(two.part.mount).real.length - view.find(one.part.mount).real.length)[0];
  return over === undefined ? undefined : { from: `the local disk ${over.disk}, partition ${over.part.number}: ${describePart(over.part)}`, sees: sightOf(over.part, real) };
}

// --- internal ---

function sightOf({ label, mount, options, nofail }: PartPlan, real: string): Sight {
  const writable = !options.split(',').includes('ro');
  const condition = nofail ? ', where the node has it' : '';
  return { writable, kept: true, where: real, text: `${writable ? 'writable' : 'read-only'}, kept over a reboot on the partition "${label}", mounted over ${mount}${condition}` };
}
