import { StateliteError } from '../lib/errors.ts';
import { debian } from './debian/debian.ts';
import type { Family, Release } from './family.ts';
import { redHat } from './rh/red-hat.ts';

const FAMILIES: readonly Family[] = [debian, redHat];

/** The family and release of an os name; throws USAGE naming what is known. */
export function familyOf(os: string): { readonly family: Family; readonly release: Release } {
  for (const family of FAMILIES) {
    const release = family.recognise(os);
    if (release !== undefined) return { family, release };
  }
  throw new StateliteError('USAGE', `the os ${os} is not known; known are ${FAMILIES.map((family) => family.examples).join(', ')}`, { hint: 'genimage -o debian12 -a x86_64 -p compute -m statelite' });
}
