import { StateliteError } from '../errors.ts';
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

/** `attribute op value` as people write it: in wherevals, after -w. */
export interface Condition {
  readonly attribute: string;
  readonly operator: Operator;
  readonly value: string;
}

/** The nodes whose attribute fits, in the cluster's order; an unset one counts as ''. `fail` hears of an unreadable pattern. */
export function selectNodes(cluster: Cluster, { column, operator, value }: Selection, fail: Fail): readonly string[] {
  const fits = compileTest(operator, value, fail);
  return cluster.nodes.filter((node) => fits(cluster.attribute(node, column)?.value ?? ''));
}

/** A condition, read; undefined when it is none. Blanks round its parts do not count. */
export function readCondition(text: string): Condition | undefined {
  const [, attribute = '', operator = '', value = ''] = /^\s*([\w.-]+?)\s*(==|!=|=~|!~)\s*(.*?)\s*$/s.exec(text) ?? [];
  return attribute === '' ? undefined : { attribute, operator: operator as Operator, value };
}

/** True for objects whose attributes fit every `-w` condition. Throws USAGE for one that cannot be read. */
export function compileConditions(texts: readonly string[]): (valueOf: (attribute: string) => string) => boolean {
  const tests = texts.map((text) => {
    const fail = (reason: string): never => { throw new StateliteError('USAGE', `-w ${text}: ${reason}`, { hint: 'wanted: attribute==value, or != =~ !~' }); };
    const { attribute, operator, value } = readCondition(text) ?? fail('is no condition');
    return { attribute, fits: compileTest(operator, value, fail) };
  });
  return (valueOf) => tests.every(({ attribute, fits }) => fits(valueOf(attribute)));
}

// --- internal ---

function compileTest(operator: Operator, value: string, fail: Fail): (actual: string) => boolean {
  if (operator === '==') return (actual) => actual === value;
  if (operator === '!=') return (actual) => actual !== value;
  const pattern = perlPattern(/^\/.*\/$/s.test(value) ? value.slice(1, -1) : value, fail);
  return (actual) => pattern.test(actual) === (operator === '=~');
}
