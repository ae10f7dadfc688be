import { reservedReason, VOLATILE_ROOTS, isWithin } from '../policy/path.ts';
import { STORE } from './disk-plan.ts';
import { readSelector, SELECTOR_HELP } from './selector.ts';
import { partSize } from './size.ts';

/** What is wrong with a value of one column of disklayout, whatever stands beside it; undefined when nothing is. */
export const columnProblems = {
  label: (value: string) => (/^[A-Za-z0-9][\w.-]*$/.test(value) ? undefined : `${quoted(value)} is no label: letters, digits, ".", "_" and "-" only`),
  disk: (value: string) => (readSelector(value) === undefined ? `${quoted(value)} is not ${SELECTOR_HELP}` : undefined),
  size: (value: string) => (partSize(value) === undefined ? `${quoted(value)} is not 512M, 2G, 1T, 20% or rest` : undefined),
  mountpoint: (value: string) => (value === STORE ? undefined : pathProblem(value, `, nor ${STORE}`)),
  populate: (value: string) => pathProblem(value, ''),
} as const satisfies Readonly<Record<string, (value: string) => string | undefined>>;

// --- internal ---

const quoted = (value: string): string => JSON.stringify(value);

function pathProblem(path: string, orElse: string): string | undefined {
  if (!/^\/[^\s\0\\]+$/.test(path) || path.split('/').some((part) => part === '.' || part === '..')) return `${quoted(path)} is not an absolute path without blanks${orElse}`;
  const clean = path.replace(/\/+$/, '');
  const reserved = reservedReason(clean) ?? VOLATILE_ROOTS.find((root) => isWithin(clean, root));
  return reserved === undefined ? undefined : `${path} cannot be used: ${reserved.startsWith('/') ? `${reserved} is made anew by each boot` : reserved}`;
}
