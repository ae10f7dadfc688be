import type { Cluster } from '../cluster/cluster.ts';
import { gather, StateliteError } from '../errors.ts';
import { meant } from '../nearest.ts';
import type { PlanScript } from '../plan/boot-plan.ts';
import type { PlacedEffect } from './place.ts';
import { SCRIPTS } from './scripts.ts';

/** How a value of overlays.scripts is written. */
export const SCRIPT_RULES_HELP = 'NN-name=must or NN-name=warn, with :seconds where a script may run for longer or shorter; separated by commas';

/** Reads a value of overlays.scripts. Throws Error that says which word is wrong. */
export function parseScriptRules(text: string): readonly PlanScript[] {
  const rules = text.split(',').map((word): PlanScript => {
    const [, name, how, seconds] = RULE.exec(word.trim()) ?? [];
    if (name === undefined) throw new Error(`'${word.trim()}' is not ${SCRIPT_RULES_HELP}`);
    return { name, must: how === 'must', ...(seconds === undefined ? {} : { seconds: Number(seconds) }) };
  });
  const twice = rules.find(({ name }, index) => rules.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new Error(`${twice.name} is there twice`);
  return rules;
}

/**
 * What overlays.scripts says of a node's init scripts, by name: of each script the node's own row counts, else that of its first group with a word on it.
 * Throws ROW_INVALID for values that cannot be read.
 */
export const scriptRulesOf = (cluster: Cluster, node: string): readonly PlanScript[] => wordsOf(cluster, node).map(({ rule }) => rule);

/** `must`, `warn, ended after 60 s`. */
export const scriptRuleText = ({ must, seconds }: PlanScript): string => `${must ? 'must' : 'warn'}${seconds === undefined ? '' : seconds === 0 ? ', never ended' : `, ended after ${seconds} s`}`;

/**
 * Words that would promise what is not there: a node's own on a script that no overlay brings to it, a group's on one that no overlay has at all. `known` gives
 * the names of the scripts of all overlays.
 */
export function scriptRuleProblems(cluster: Cluster, node: string, effects: readonly PlacedEffect[], known: () => ReadonlySet<string>): readonly StateliteError[] {
  const names = effects.flatMap(({ path, how }) => (path.startsWith(SCRIPTS) && how === 'put' ? [path.slice(SCRIPTS.length)] : []));
  return wordsOf(cluster, node).filter(({ rule }) => !names.includes(rule.name)).flatMap(({ key, rule: { name } }) => {
    if (key !== node && known().has(name)) return [];
    const [where, among, list] = key === node ? [`brings to ${node}`, names, `liteoverlay show -r ${node} lists what they bring`] : ['has', known(), 'liteoverlay list <overlay> lists its files'];
    return [new StateliteError('ROW_INVALID', `overlays row node=${key}: scripts names the init script ${name}, which no overlay ${where}`, { hint: meant(name, among, list) })];
  });
}

// --- internal ---

const RULE = /^(\d\d-[\w+-][\w.+-]*)=(must|warn)(?::(\d{1,6}))?$/;
const NONE: readonly never[] = [];

/** A word and the node or group whose row has it. */
interface Word {
  readonly key: string;
  readonly rule: PlanScript;
}

/** Those that count, by the name of the script. */
function wordsOf(cluster: Cluster, node: string): readonly Word[] {
  const rows = rulesByNode(cluster);
  if (rows.size === 0) return NONE;
  const read = gather(...[node, ...cluster.groupsOf(node)].reverse().map((key) => () => readRow(key, rows.get(key)).map((rule) => ({ key, rule }))));
  return [...new Map(read.flat().map((word) => [word.rule.name, word])).values()].sort((one, other) => (one.rule.name < other.rule.name ? -1 : 1));
}

const KNOWN = new WeakMap<Cluster, ReadonlyMap<string, string>>();

function rulesByNode(cluster: Cluster): ReadonlyMap<string, string> {
  const rows = KNOWN.get(cluster) ?? new Map(cluster.rows('overlays').flatMap(({ node = '', scripts }) => (scripts === undefined ? [] : [[node, scripts] as const])));
  KNOWN.set(cluster, rows);
  return rows;
}

function readRow(key: string, text: string | undefined): readonly PlanScript[] {
  if (text === undefined) return NONE;
  try {
    return parseScriptRules(text);
  } catch (error) {
    throw new StateliteError('ROW_INVALID', `overlays row node=${key}: scripts: ${error instanceof Error ? error.message : String(error)}`, { cause: error, hint: `chtab node=${key} overlays.scripts=NN-name=must` });
  }
}
