import { createHash } from 'node:crypto';
import { STORE, type DiskPlan, type PartPlan } from './disk-plan.ts';

/** What makes a disk, a line for each partition, or one for the script. */
export const describeParts = ({ parts, script }: DiskPlan): readonly string[] =>
  [...parts.map((part) => `${part.number}  ${describePart(part)}`), ...script === undefined ? [] : [`made once by ${scriptName(script)}`]];

/** A script in words: the digest of its text. */
export const scriptName = (script: string): string => `the script of partitionfile (${createHash('sha256').update(script).digest('hex').slice(0, 12)})`;

/** A partition of a layout in words: `"scratch" ext4, rest, at /mnt/scratch`. */
export function describePart({ label, size, fstype, mount, options, nofail, grow, populate, existing }: PartPlan): string {
  const place = mount === STORE ? ['holds localdisk rows'] : mount === '' ? [] : [`at ${mount}`];
  const words = [existing ? 'as something else made it' : size, ...place, ...options === '' ? [] : [options], ...populate === '' ? [] : [`filled once from ${populate}`], ...nofail ? ['nofail'] : [], ...grow ? ['grow'] : []];
  return `"${label}" ${fstype}, ${words.join(', ')}`;
}
