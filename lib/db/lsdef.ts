import { objectTypeOf, unknownAttribute, unknownObject } from '../../tables/object-types.ts';
import { createDefinitions, objectNames, renderDefinitions, type DefinitionForm } from '../cluster/definition.ts';
import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { toJson } from '../command.ts';
import { throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { withDatabase } from './open.ts';

export interface LsdefRequest {
  readonly type: string;
  /** Names separated by commas, a noderange for nodes; every object when undefined. */
  readonly names?: string;
  /** Only these attributes; every one that is set when undefined. */
  readonly attributes?: readonly string[];
  /** Attributes of every object, not only the names, when none is named. */
  readonly long: boolean;
  readonly form: DefinitionForm;
  readonly json: boolean;
}

/** Objects and their attributes as xCAT's lsdef prints them. Throws every unknown name or attribute at once. */
export async function lsdef(system: System, request: LsdefRequest): Promise<string> {
  const type = objectTypeOf(request.type);
  const cluster = await withDatabase(system, loadCluster);
  const all = objectNames(cluster, type);
  const there = new Set(all);
  const names = request.names === undefined ? all : type.name === 'node' ? expandNoderange(cluster, request.names) : request.names.split(',');
  const { attributes } = request;
  throwProblems([
    ...names.filter((name) => !there.has(name)).map((name) => unknownObject(type, name)),
    ...(attributes ?? []).filter((name) => type.name !== 'site' && !type.attributes.has(name)).map((name) => unknownAttribute(type, name)),
  ]);
  const onlyNames = request.names === undefined && attributes === undefined && !request.long && request.form === 'long';
  if (onlyNames) return request.json ? toJson(names.map((name) => ({ type: type.name, name }))) : names.map((name) => `${name}  (${type.name})`).join('\n');
  const definitionOf = createDefinitions(cluster, type);
  const definitions = names.map(definitionOf).map((definition) => attributes === undefined ? definition : {
    ...definition, attributes: Object.fromEntries(attributes.map((name) => [name, definition.attributes[name] ?? ''])),
  });
  return request.json ? toJson(definitions) : renderDefinitions(definitions, request.form);
}
