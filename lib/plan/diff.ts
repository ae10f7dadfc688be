import { kindOf, writeOption, type LiteOption } from '../policy/option.ts';
import { describeSource } from '../policy/trees.ts';
import { describePart, scriptName } from '../disks/describe.ts';
import { scriptRuleText } from '../overlay/script-rules.ts';
import type { BootPlan, PlanOverlay, PlanRow, Source } from './boot-plan.ts';
import { generalText } from './general.ts';

/** One thing that is different in two plans: a path, `litetree <priority>`, `store`, `image`, `<disk> partition <number>`. */
export interface Change {
  readonly what: string;
  /** Unset when it is new. */
  readonly before?: string;
  /** Unset when it is gone. */
  readonly after?: string;
}

/** A change with all nodes it is the same for; `$node` stands for each one's name where the texts differ in nothing else. */
export interface SharedChange extends Change {
  readonly nodes: readonly string[];
}

/** What is different in two plans of a node; none when nodes would do the same. */
export function diffPlans(before: BootPlan, after: BootPlan): readonly Change[] {
  const changes = [
    ...differences(new Map([['image', before.image]]), new Map([['image', after.image]])),
    ...differences(placesOf(before), placesOf(after)),
    ...overlayChanges(before.overlays ?? [], after.overlays ?? []),
    ...differences(scriptsOf(before), scriptsOf(after)),
    ...differences(sourcesOf(before.sources), sourcesOf(after.sources)),
    ...differences(partsOf(before), partsOf(after)),
    ...rowChanges(before.rows, after.rows),
  ];
  return changes.length > 0 || before.hash === after.hash ? changes : [{ what: 'hash', before: before.hash, after: after.hash }];
}

/** The same change of several nodes once, in the order they come. */
export function shareChanges(deltas: Iterable<{ readonly node: string; readonly changes: readonly Change[] }>): readonly SharedChange[] {
  const nodesOf = new Map<Change, string[]>();
  for (const { node, changes } of deltas) {
    for (const change of changes) {
      const nodes = nodesOf.get(change);
      if (nodes === undefined) nodesOf.set(change, [node]);
      else nodes.push(node);
    }
  }
  const shared = new Map<string, { change: Change; nodes: string[] }>();
  for (const [change, nodes] of nodesOf) {
    const general = generalChange(nodes[0] ?? '', change);
    const key = describeChange(general);
    const same = shared.get(key);
    if (same === undefined) shared.set(key, { change, nodes: [...nodes] });
    else {
      for (const node of nodes) same.nodes.push(node);
      if (describeChange(same.change) !== describeChange(change)) same.change = general;
    }
  }
  return [...shared.values()].map(({ change, nodes }) => ({ nodes: nodes.sort(), ...change }));
}

/** `/etc/motd tmpfs -> persistent`. */
export const describeChange = ({ what, before = 'none', after = 'none' }: Change): string => `${what} ${before} -> ${after}`;

/** The option of a row in words; links, the usual, are not named. */
export const optionText = (option: LiteOption): string => (option.mechanism === 'link' ? kindOf(option) : writeOption(option));

// --- internal ---

type Texts = ReadonlyMap<string, string>;

function differences(before: Texts, after: Texts): readonly Change[] {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((what) => before.get(what) !== after.get(what));
  return changed.map((what) => {
    const [old, now] = [before.get(what), after.get(what)];
    return { what, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) };
  });
}

const placesOf = ({ store }: BootPlan): Texts => new Map(store === undefined ? [] : [['store', normal(describeSource(store))]]);

/** Names that come or go, and kinds of files whose content changed; a node's own content is not compared with another's. */
function overlayChanges(before: readonly PlanOverlay[], after: readonly PlanOverlay[]): readonly Change[] {
  const names = (overlays: readonly PlanOverlay[]): Texts => new Map(overlays.length === 0 ? [] : [['overlays', [...new Set(overlays.flatMap((one) => one.overlays))].sort().join()]]);
  const changed = differences(names(before), names(after));
  if (changed.length > 0) return changed;
  const hashOf = (overlays: readonly PlanOverlay[], kind: string): string => overlays.find((one) => one.kind === kind)?.hash ?? '';
  return KINDS.filter((kind) => hashOf(before, kind) !== hashOf(after, kind)).map((kind) => ({ what: `${kind} overlay files`, before: 'as nodeset left them', after: 'changed' }));
}

const scriptsOf = ({ scripts = [] }: BootPlan): Texts => new Map(scripts.map((script) => [`init script ${script.name}`, scriptRuleText(script)]));

const KINDS = ['shared', 'own', 'private'];

const sourcesOf = (sources: readonly Source[]): Texts => new Map(sources.map((source) => [`litetree ${source.priority}`, normal(describeSource(source))]));

const partsOf = ({ disks = [] }: BootPlan): Texts => new Map(disks.flatMap(({ disk, parts, script }): [string, string][] => [
  ...parts.map((part): [string, string] => [`${disk} partition ${part.number}`, describePart(part)]), ...script === undefined ? [] : [[disk, `made by ${scriptName(script)}`] as [string, string]],
]));

// Blanks in mount options and a slash at the end of a directory do not reach the node.
const normal = (text: string): string => text.replace(/(?<=.)\/+(?= :|$)/, '').replace(/ :(.*)$/, (_, options: string) => ` :${options.replace(/\s+/g, '')}`);

const KNOWN = new WeakMap<readonly PlanRow[], WeakMap<readonly PlanRow[], readonly Change[]>>();

/** The same for all nodes that had and get the same rows, so it is done once. */
function rowChanges(before: readonly PlanRow[], after: readonly PlanRow[]): readonly Change[] {
  const known = KNOWN.get(before) ?? new WeakMap<readonly PlanRow[], readonly Change[]>();
  KNOWN.set(before, known);
  const changes = known.get(after) ?? differences(textsOf(before), textsOf(after));
  known.set(after, changes);
  return changes;
}

const textsOf = (rows: readonly PlanRow[]): Texts =>
  new Map(rows.map((row) => [row.path, `${optionText(row)}${row.type === 'directory' ? ' directory' : ''}${row.covered ? ' (done by its parent)' : ''}`]));

function generalChange(node: string, { what, before, after }: Change): Change {
  return {
    what: generalText(node, what),
    ...(before === undefined ? {} : { before: generalText(node, before) }),
    ...(after === undefined ? {} : { after: generalText(node, after) }),
  };
}
