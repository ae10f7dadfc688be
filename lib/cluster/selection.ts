import type { Fail } from './arithmetic.ts';
import type { Cluster } from './cluster.ts';
import type { Operator } from './noderange-tokens.ts';
import { perlPattern } from './perl-pattern.ts';

/** `table.column op value`; the column is one nodeColumn has found. */
export interface Selection {
  readonly column: string;
  readonly operator: Operator;
  /** For `=~` and `!~` a pattern, slashes around it allowed, found anywhere in the value. */
  readonly value: string;
}

/** The nodes whose attribute fits, in the cluster's order; an unset one counts as ''. `fail` hears of an unreadable pattern. */
export function selectNodes(cluster: Cluster, { column, operator, value }: Selection, fail: Fail): readonly string[] {
  const fits = compileTest(operator, value, fail);
  return cluster.nodes.filter((node) => fits(cluster.attribute(node, column)?.value ?? ''));
}

// --- internal ---

function compileTest(operator: Operator, value: string, fail: Fail): (actual: string) => boolean {
  if (operator === '==') return (actual) => actual === value;
  if (operator === '!=') return (actual) => actual !== value;
  const pattern = perlPattern(/^\/.*\/$/s.test(value) ? value.slice(1, -1) : value, fail);
  return (actual) => pattern.test(actual) === (operator === '=~');
}
