import { ALL_OPTIONS, kindOf, writeOption, type LiteOption, type Mechanism, type OptionKind } from './option.ts';

/** Whether a row may stand below another. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string; readonly instead: string };

/** One cell of the matrix: a directory row and a row anywhere below it, with no other row in between. */
export interface NestingCell {
  readonly parent: LiteOption;
  readonly child: LiteOption;
  readonly verdict: Verdict;
}

/**
 * May a row with option `child` stand below a directory row with option `parent`? Only the nearest listed ancestor counts, so rows may
 * nest to any depth. Kinds follow xCAT's documented matrix; it did not speak of rows below localdisk.
 */
export function nesting(parent: LiteOption, child: LiteOption): Verdict {
  const kinds = KINDS[kindOf(parent)];
  if (!kinds.children.includes(kindOf(child))) return { allowed: false, reason: kinds.reason, instead: kinds.instead };
  const mechanisms = MECHANISMS[parent.mechanism];
  if (child.mechanism !== mechanisms.child) {
    return { allowed: false, reason: mechanisms.reason, instead: `write ${writeOption({ ...child, mechanism: mechanisms.child })} for the row below` };
  }
  return { allowed: true };
}

/** Every cell of the matrix, parents outside, children inside: what the check knows, and what help, documentation and tests are made from. */
export const nestingMatrix = (): readonly NestingCell[] =>
  ALL_OPTIONS.flatMap((parent) => ALL_OPTIONS.map((child) => ({ parent, child, verdict: nesting(parent, child) })));

// --- internal ---

interface KindRule {
  readonly children: readonly OptionKind[];
  readonly reason: string;
  readonly instead: string;
}

const KINDS: Readonly<Record<OptionKind, KindRule>> = {
  tmpfs: {
    children: ['tmpfs', 'persistent', 'localdisk', 'ro', 'con'],
    reason: '',
    instead: '',
  },
  persistent: {
    children: ['persistent'],
    reason: 'what lies below a persistent directory is kept with it, so only persistent can stand there',
    instead: 'write persistent for the row below, or tmpfs for the directory',
  },
  localdisk: {
    children: ['localdisk'],
    reason: 'what lies below a localdisk directory is on the disk with it, so only localdisk can stand there',
    instead: 'write localdisk for the row below, or tmpfs for the directory',
  },
  ro: {
    children: [],
    reason: 'a ro directory shows its source as it is, so nothing below it can be different',
    instead: 'write tmpfs for the directory and ro for what must not be written, or remove the row below',
  },
  con: {
    children: [],
    reason: 'con joins files, so it cannot stand for a directory',
    instead: 'write con for the files in the directory, each in a row of its own',
  },
};

const MECHANISMS: Readonly<Record<Mechanism, { readonly child: Mechanism; readonly reason: string }>> = {
  link: { child: 'link', reason: 'a linked directory is a symlink into RAM, so rows below it must be links as well' },
  bind: { child: 'bind', reason: 'a link or overlay would be hidden by the mount of the bound directory, so rows below it must be bound as well' },
  overlay: { child: 'bind', reason: 'the upper layer of an overlay takes no links or further overlays, so rows below it must be bound' },
};
