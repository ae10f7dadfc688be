import { join } from 'node:path';
import type { BootPlan } from '../plan/boot-plan.ts';
import { diffPlans, shareChanges, type Change, type SharedChange } from '../plan/diff.ts';
import { hasOwn, splitOwn } from '../plan/own-files.ts';
import { createPlanReader } from '../plan/parse.ts';
import { renderPlan } from '../plan/render.ts';
import { attemptEach, type Refusal } from '../refusals.ts';
import type { Files } from '../system/files.ts';
import type { PlansNow } from './plans-now.ts';

/** What differs between the plans that nodeset left beside the images and the plans as the tables are now. */
export interface RecordedChanges {
  readonly changes: readonly SharedChange[];
  /** Those without a plan now, and those whose copy cannot be read. */
  readonly refused: readonly Refusal[];
}

/** Compares each node's plan with the copy at `<image.directory>/plans/<node>`. */
export function recordedChanges(files: Files, { plans, refused, images }: PlansNow): RecordedChanges {
  const read = createPlanReader();
  const byNode = new Map(plans.map((plan) => [plan.node, plan]));
  const compare = (plan: BootPlan): readonly Change[] => {
    const path = join(images.get(plan.image)?.image.directory ?? '', 'plans', plan.node);
    const text = files.readTextIfThere(path);
    if (text === undefined) return NO_COPY;
    const { plan: copy, own } = splitOwn(text);
    if (copy !== renderPlan(plan)) return diffPlans(read(text, path), plan);
    return own === undefined && hasOwn(plan) ? NO_OWN : [];
  };
  const { done, refused: unreadable } = attemptEach([...byNode.keys()], (node) => {
    const plan = byNode.get(node);
    return { node, changes: plan === undefined ? [] : compare(plan) };
  });
  return { changes: shareChanges(done), refused: [...refused, ...unreadable] };
}

// --- internal ---

/** As nodesets before ADR 0037 left it. */
const NO_OWN: readonly Change[] = [{ what: 'own overlay files', after: 'with the plan' }];
const NO_COPY: readonly Change[] = [{ what: 'plan', after: 'made; nodeset has left none beside the image' }];
