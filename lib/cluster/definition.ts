import { SITE_OBJECT, type ObjectType } from '../../tables/object-types.ts';
import type { Row } from '../../tables/table.ts';
import type { Attribute, Cluster } from './cluster.ts';
import { remember } from './remember.ts';
import { formatStanza, STANZA_HEADER } from './stanza.ts';

/** An object as lsdef shows it: attributes sorted by name. */
export interface Definition {
  readonly type: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** For --blame: the row that gave each attribute, with the rule when a regular expression made it. */
  readonly origins: Readonly<Record<string, string>>;
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
 * Looks objects of a type up: every attribute that is set, or the `wanted` ones, '' when unset. A node's attributes are what it has in
 * the end, groups and regex rules included; other objects show what their rows say, a group its members as well.
 */
export function createDefinitions(
  cluster: Cluster, type: ObjectType, wanted?: readonly string[], membersOf: (group: string) => readonly string[] = (group) => cluster.groups.get(group) ?? [],
): (name: string) => Definition {
  const rowsOf = remember((table: string): ReadonlyMap<string, Row> => new Map(cluster.rows(table).map((row) => [type.nameOf(row, table), row])));
  const valueOf = (name: string, attribute: string, place: string): string => {
    if (type.name === 'node') return cluster.attribute(name, place)?.value ?? '';
    if (type.name === 'site') return cluster.site(attribute) ?? '';
    if (place === 'nodegroup.members') return membersOf(name).join(',');
    const [table, column] = splitPlace(place);
    return rowsOf(table).get(name)?.[column] ?? '';
  };
  const originFor = (name: string, attribute: string): string => {
    const place = type.attributes.get(attribute) ?? '';
    const found = type.name === 'node' ? cluster.attribute(name, place) : undefined;
    if (found !== undefined) return originOf(name, found);
    if (type.name === 'site') return `site row key=${attribute}`;
    if (place === 'nodegroup.members') return 'nodelist.groups, nodegroup.membergroups and wherevals';
    return valueOf(name, attribute, place) === '' ? '' : `${splitPlace(place)[0]} row of ${name}`;
  };
  const columnsUsed = remember((table: string): ReadonlySet<string> => {
    const used = new Set<string>();
    for (const row of cluster.rows(table)) for (const column of Object.keys(row)) used.add(column);
    return used;
  });
  // Columns that no row has a value in need not be looked at for every object.
  const isUsed = (attribute: string): boolean => {
    const [table, column] = splitPlace(type.attributes.get(attribute) ?? '');
    return type.name === 'site' || column === 'members' || columnsUsed(table).has(column);
  };
  const all = type.name === 'site' ? cluster.rows('site').map((row) => row['key'] ?? '') : [...type.attributes.keys()];
  const asked = (wanted ?? all.filter(isUsed).sort()).map((attribute) => ({ attribute, place: type.attributes.get(attribute) ?? '' }));
  return (name) => {
    const attributes: Record<string, string> = {};
    for (const { attribute, place } of asked) {
      const value = valueOf(name, attribute, place);
      if (value !== '' || wanted !== undefined) attributes[attribute] = value;
    }
    return {
      type: type.name, name, attributes,
      get origins() { return Object.fromEntries(Object.keys(attributes).map((attribute) => [attribute, originFor(name, attribute)])); },
    };
  };
}

/** Which row gave a node its value, for people: `nodetype row node=compute`. */
export function originOf(node: string, { column, from, rule }: Attribute): string {
  const place = `${column.split('.')[0] ?? ''} row ${from === node ? 'of the node itself' : `node=${from}`}`;
  return rule === undefined ? place : `${place}, rule ${rule}`;
}

export type DefinitionForm = 'long' | 'compact' | 'stanza';

/** Objects as lsdef prints them, one after the other; with `blame` each line says where its value is from. */
export function renderDefinitions(definitions: Iterable<Definition>, form: DefinitionForm, blame = false): string {
  if (form === 'stanza') return [STANZA_HEADER, ...Array.from(definitions, formatStanza)].join('\n\n');
  if (form === 'compact') return Array.from(definitions, (each) => renderLines(each, `${each.name}: `, blame)).join('').slice(0, -1);
  return Array.from(definitions, (each) => renderLines(each, '    ', blame, `Object name: ${each.name}\n`)).join('\n').slice(0, -1);
}

// --- internal ---

// The lines of an object; joined at once, for a text of many pieces costs the garbage collector more than a whole one.
function renderLines(definition: Definition, start: string, blame: boolean, head = ''): string {
  const { attributes } = definition;
  const origins = blame ? definition.origins : {};
  const parts = [head];
  for (const name in attributes) {
    const origin = origins[name] ?? '';
    parts.push(start, name, '=', attributes[name] ?? '', origin === '' ? '\n' : `  (${origin})\n`);
  }
  return parts.join('');
}

function splitPlace(place: string): [string, string] {
  const [table = '', column = ''] = place.split('.');
  return [table, column];
}
