import type { PlanRow } from '../../lib/plan/boot-plan.ts';

/** Every combination of storage, mode and mechanism, sensible or not. */
export const optionKinds = (): readonly Pick<PlanRow, 'storage' | 'mode' | 'mechanism'>[] =>
  (['tmpfs', 'persistent', 'localdisk'] as const).flatMap((storage) => (['rw', 'ro', 'con'] as const).flatMap((mode) => (['link', 'bind', 'overlay'] as const).map((mechanism) => ({ storage, mode, mechanism }))));
