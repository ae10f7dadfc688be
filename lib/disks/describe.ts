import { STORE, type PartPlan } from './disk-plan.ts';

/** A partition of a layout in words: `"scratch" ext4, rest, at /mnt/scratch`. */
export function describePart({ label, size, fstype, mount, options, nofail, grow, populate }: PartPlan): string {
  const place = mount === STORE ? ['holds localdisk rows'] : mount === '' ? [] : [`at ${mount}`];
  const words = [size, ...place, ...options === '' ? [] : [options], ...populate === '' ? [] : [`filled once from ${populate}`], ...nofail ? ['nofail'] : [], ...grow ? ['grow'] : []];
  return `"${label}" ${fstype}, ${words.join(', ')}`;
}
