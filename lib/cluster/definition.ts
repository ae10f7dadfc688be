import { SITE_OBJECT, type ObjectType } from '../../tables/object-types.ts';
import type { Row } from '../../tables/table.ts';
import type { Cluster } from './cluster.ts';
import { remember } from './remember.ts';

/** An object as lsdef shows it: set attributes only, sorted by name. */
export interface Definition {
  readonly type: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The names of all objects of a type, sorted; policy and litetree by number. */
export function objectNames(cluster: Cluster, type: ObjectType): readonly string[] {
  if (type.name === 'node') return cluster.nodes;
  if (type.name === 'site') return [SITE_OBJECT];
  if (type.name === 'group') return [...cluster.groups.keys()].sort();
  const names = cluster.rows(type.table).map((row) => type.nameOf(row, type.table)).filter((name) => name !== '');
  return type.table === 'policy' || type.table === 'litetree' ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}

/**
 * Looks objects of a type up. A node's attributes are what it has in the end, groups and regex rules included; other objects show what
 * their rows say, a group its members as well.
 */
export function createDefinitions(cluster: Cluster, type: ObjectType): (name: string) => Definition {
  const rowsOf = remember((table: string): ReadonlyMap<string, Row> => new Map(cluster.rows(table).map((row) => [type.nameOf(row, table), row])));
  const valueOf = (name: string, place: string): string => {
    if (type.name === 'node') return cluster.attribute(name, place)?.value ?? '';
    if (place === 'nodegroup.members') return (cluster.groups.get(name) ?? []).join(',');
    const [table = '', column = ''] = place.split('.');
    return rowsOf(table).get(name)?.[column] ?? '';
  };
  return (name) => {
    const attributes = type.name === 'site'
      ? cluster.rows('site').map((row) => [row['key'] ?? '', row['value'] ?? ''] as const)
      : [...type.attributes].map(([attribute, place]) => [attribute, valueOf(name, place)] as const);
    const set = attributes.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
    return { type: type.name, name, attributes: Object.fromEntries(set) };
  };
}

export type DefinitionForm = 'long' | 'compact' | 'stanza';

/** Objects as lsdef prints them. */
export function renderDefinitions(definitions: readonly Definition[], form: DefinitionForm): string {
  const lines = (definition: Definition): string[] => Object.entries(definition.attributes).map(([name, value]) => `${name}=${value}`);
  if (form === 'compact') return definitions.flatMap((each) => lines(each).map((line) => `${each.name}: ${line}`)).join('\n');
  const blocks = definitions.map((each) => form === 'long'
    ? [`Object name: ${each.name}`, ...lines(each).map((line) => `    ${line}`)].join('\n')
    : [`${each.name}:`, `    objtype=${each.type}`, ...lines(each).map((line) => `    ${line}`)].join('\n'));
  return form === 'long' ? blocks.join('\n\n') : ['# <xCAT data object stanza file>', ...blocks].join('\n\n');
}
