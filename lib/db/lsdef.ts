import { objectTypeOf, tablesOf, unknownAttribute, unknownObject, type ObjectType } from '../../tables/object-types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { createCluster } from '../cluster/create.ts';
import { createDefinitions, objectNames, renderDefinitions, type Definition, type DefinitionForm } from '../cluster/definition.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
import { compileConditions } from '../cluster/selection.ts';
import { toJson } from '../command.ts';
import { throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { askMore } from './ask.ts';
import { withDatabase } from './open.ts';

/** Which objects of a type are meant. */
export interface ObjectSelection {
  /** Names separated by commas, a noderange for nodes; every object when undefined. */
  readonly names?: string;
  /** Only these attributes; every one that is set when undefined. */
  readonly attributes?: readonly string[];
  /** Conditions `attribute==value`; only objects that fit all of them. */
  readonly where?: readonly string[];
}

export interface LsdefRequest extends ObjectSelection {
  readonly type: string;
  /** Attributes of every object, not only the names, when none is named. */
  readonly long: boolean;
  /** Only names, even of objects that are named. */
  readonly short?: boolean;
  readonly form: DefinitionForm;
  /** Say which row each value is from. */
  readonly blame?: boolean;
  readonly json: boolean;
}

/** Objects and their attributes as xCAT's lsdef prints them. Throws every unknown name or attribute at once. */
export async function lsdef(system: System, request: LsdefRequest): Promise<string> {
  const type = objectTypeOf(request.type);
  const short = request.short === true
    || (request.names === undefined && request.attributes === undefined && !request.long && request.form === 'long' && request.blame !== true);
  return withDatabase(system, (database) => database.snapshot(async (read) => {
    const asking = askMore(read);
    const select = (cluster: Cluster): readonly string[] => selectObjects(system, cluster, type, request);
    if (short) {
      const names = await asking(select, [type.table]);
      return request.json ? toJson(names.map((name) => ({ type: type.name, name }))) : names.map((name) => `${name}  (${type.name})`).join('\n');
    }
    const wanted = tablesWanted(type, request.attributes);
    const tell = (names: readonly string[], definitionOf: (name: string) => Definition): string => request.json
      ? toJson(names.map(definitionOf).map(({ type: kind, name, attributes, origins }) => ({ type: kind, name, attributes, ...request.blame === true ? { origins } : {} })))
      : renderDefinitions(eachOf(names, definitionOf), request.form, request.blame);
    if (request.names === undefined || !['node', 'group'].includes(type.name)) {
      return asking((cluster) => tell(select(cluster), createDefinitions(cluster, type, request.attributes)), wanted);
    }
    const names = await asking(select, [type.table]);
    if (names.length > FEW) return asking((cluster) => tell(names, createDefinitions(cluster, type, request.attributes)), wanted);
    const { keys, members } = await asking((cluster) => ({
      keys: [...new Set(names.flatMap((name) => [name, ...cluster.groupsOf(name)]))],
      members: new Map(type.name === 'group' ? names.map((name) => [name, cluster.groups.get(name) ?? []]) : []),
    }));
    const tables = await read(['site', ...wanted], keys);
    return tell(names, createDefinitions(createCluster(tables), type, request.attributes, (group) => members.get(group) ?? []));
  }));
}

/** The named objects (all when there are no names) that fit the conditions. Throws every unknown name or attribute at once. */
export function selectObjects(system: System, cluster: Cluster, type: ObjectType, { names: text, attributes = [], where = [] }: ObjectSelection): readonly string[] {
  const all = objectNames(cluster, type);
  const there = new Set(all);
  const names = text === undefined ? all : type.name === 'node' ? expandNoderange(cluster, text, noderangeOptions(system)) : text.split(',');
  const asked = [...attributes, ...where.map((condition) => /^\s*([\w.-]+?)\s*[=!]/.exec(condition)?.[1] ?? '').filter((name) => name !== '')];
  throwProblems([
    ...names.filter((name) => !there.has(name)).map((name) => unknownObject(type, name)),
    ...asked.filter((name) => type.name !== 'site' && !type.attributes.has(name)).map((name) => unknownAttribute(type, name)),
  ]);
  if (where.length === 0) return names;
  const fits = compileConditions(where);
  const definitionOf = createDefinitions(cluster, type, asked);
  return names.filter((name) => {
    const { attributes: values } = definitionOf(name);
    return fits((attribute) => values[attribute] ?? '');
  });
}

// --- internal ---

/** Of at most so many nodes or groups only the rows they need are read. */
const FEW = 200;

// One at a time: ten thousand objects are not all held in memory to be printed.
function* eachOf<T>(names: readonly string[], make: (name: string) => T): Generator<T> {
  for (const name of names) yield make(name);
}

function tablesWanted(type: ObjectType, attributes: readonly string[] | undefined): readonly string[] {
  return attributes === undefined ? tablesOf(type) : [type.table, ...attributes.map((name) => type.attributes.get(name)?.split('.')[0] ?? '')];
}
