import { objectTypeOf, SITE_OBJECT, tablesOf, unknownAttribute, unknownObject, type ObjectType } from '../../tables/object-types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { objectNames } from '../cluster/definition.ts';
import { loadCluster } from '../cluster/load.ts';
import { newNames } from '../cluster/new-names.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { assign, type Assignment } from './assignment.ts';
import { change } from './change.ts';
import type { TableWriter } from './database.ts';
import { withDatabase } from './open.ts';

export interface DefineRequest {
  readonly type: string;
  /** Names separated by commas; a noderange for nodes. */
  readonly names: string;
  /** `attribute=value`, also `+=` and `-=` for comma lists. */
  readonly words: readonly string[];
  /** What a bare `=` does: set, or append to or take from a comma list. */
  readonly operator: Assignment['operator'];
  /** mkdef: the objects must be new; with `force` old ones are replaced. chdef: old or new. */
  readonly fresh: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** Makes or changes objects, all or none, and says so as xCAT does. Throws every unknown attribute and every object that is there already. */
export async function define(system: System, request: DefineRequest): Promise<string> {
  const type = objectTypeOf(request.type);
  const attributes = readAttributes(type, request.words, request.operator);
  return withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const there = new Set((cluster.tables[type.table] ?? []).map((row) => type.nameOf(row, type.table)));
    const names = namesToDefine(cluster, type, request);
    if (request.fresh && !request.force && type.name !== 'site') {
      throwProblems(names.filter((name) => there.has(name)).map((name) =>
        new StateliteError('USAGE', `the ${type.name} ${name} is already defined`, { hint: 'chdef changes it, mkdef -f makes it anew' })), 'problems, nothing was changed');
    }
    return change(database, request.dryRun, async (writer) => {
      if (request.fresh && request.force) for (const name of names) await remove(writer, cluster, type, name);
      await write(writer, cluster, type, names, attributes);
      const made = request.fresh ? [] : names.filter((name) => !there.has(name));
      return [`${names.length} object definitions have been created or modified.`,
        ...made.length === 0 ? [] : [`New object definitions '${made.join(',')}' have been created.`]].join('\n');
    });
  });
}

/** Removes objects with all their rows; a group leaves its members. Throws every unknown name at once. */
export async function undefine(system: System, typeName: string, text: string, dryRun: boolean): Promise<string> {
  const type = objectTypeOf(typeName);
  if (type.name === 'site') throw new StateliteError('USAGE', 'the site settings are no object to remove', { hint: 'chtab -d key=NAME site removes one setting' });
  return withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const names = type.name === 'node' ? expandNoderange(cluster, text) : splitNames(text);
    const there = new Set(objectNames(cluster, type));
    throwProblems(names.filter((name) => !there.has(name)).map((name) => unknownObject(type, name)), 'problems, nothing was changed');
    return change(database, dryRun, async (writer) => {
      for (const name of names) await remove(writer, cluster, type, name);
      return `${names.length} object definitions have been removed.`;
    });
  });
}

// --- internal ---

interface AttributeValue extends Omit<Assignment, 'table' | 'column'> {
  readonly attribute: string;
  /** `table.column`; `site.value` for a site setting. */
  readonly place: string;
}

function readAttributes(type: ObjectType, words: readonly string[], plain: Assignment['operator']): readonly AttributeValue[] {
  const problems: StateliteError[] = [];
  const attributes = words.flatMap((word) => {
    const [, attribute = '', sign = '', value = ''] = /^([^=]+?)([+-]?)=(.*)$/s.exec(word) ?? [];
    const place = type.name === 'site' ? 'site.value' : type.attributes.get(attribute);
    if (attribute === '') problems.push(new StateliteError('USAGE', `'${word}' is not attribute=value`));
    else if (place === undefined) problems.push(unknownAttribute(type, attribute));
    else return [{ attribute, place, value, operator: sign === '' ? plain : sign === '+' ? '+=' as const : '-=' as const }];
    return [];
  });
  throwProblems(problems);
  return attributes;
}

const splitNames = (text: string): readonly string[] => [...new Set(text.split(',').map((name) => name.trim()).filter((name) => name !== ''))];

// Nodes may be written as a noderange; names of nodes that do not exist yet as a list.
function namesToDefine(cluster: Cluster, type: ObjectType, { names: text, fresh }: DefineRequest): readonly string[] {
  if (type.name === 'site') return [SITE_OBJECT];
  if (type.name !== 'node') return splitNames(text);
  if (fresh) return newNames(text);
  try {
    return expandNoderange(cluster, text);
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'NODERANGE_UNKNOWN' && /^[\w.,[\]-]+$/.test(text)) return newNames(text);
    throw error;
  }
}

async function write(writer: TableWriter, cluster: Cluster, type: ObjectType, names: readonly string[], attributes: readonly AttributeValue[]): Promise<void> {
  if (type.name === 'site') {
    for (const { attribute, operator, value } of attributes) {
      if (operator === '=' && value === '') await writer.remove('site', { key: attribute });
      else await assign(writer, [{ key: attribute }], [{ table: 'site', column: 'value', operator, value }]);
    }
    return;
  }
  const members = attributes.filter(({ place }) => place === 'nodegroup.members');
  const exists = { table: type.table, column: 'comments', operator: '+=', value: '' } as const;
  const assignments: readonly Assignment[] = [exists, ...attributes.filter((each) => !members.includes(each)).map(({ place, operator, value }) => {
    const [table = '', column = ''] = place.split('.');
    return { table, column, operator, value };
  })];
  for (const table of new Set(assignments.map((each) => each.table))) {
    const wheres = names.map((name) => type.where(name, table) ?? fail(type, name));
    await assign(writer, wheres, assignments.filter((each) => each.table === table));
  }
  for (const { operator, value } of members) for (const group of names) await setMembers(writer, cluster, group, operator, value);
}

// Who is in a group stands in nodelist.groups.
async function setMembers(writer: TableWriter, cluster: Cluster, group: string, operator: Assignment['operator'], noderange: string): Promise<void> {
  const wanted = noderange === '' ? [] : expandNoderange(cluster, noderange);
  const leaving = operator === '=' ? cluster.nodes.filter((node) => cluster.groupsOf(node).includes(group) && !wanted.includes(node)) : operator === '-=' ? wanted : [];
  const joining = operator === '-=' ? [] : wanted;
  const groups = (nodes: readonly string[], sign: '+=' | '-=') =>
    assign(writer, nodes.map((node) => ({ node })), [{ table: 'nodelist', column: 'groups', operator: sign, value: group }]);
  await groups(leaving, '-=');
  await groups(joining, '+=');
}

async function remove(writer: TableWriter, cluster: Cluster, type: ObjectType, name: string): Promise<void> {
  for (const table of tablesOf(type)) await writer.remove(table, type.where(name, table) ?? fail(type, name));
  if (type.name === 'group') await setMembers(writer, cluster, name, '=', '');
}

function fail(type: ObjectType, name: string): never {
  throw new StateliteError('USAGE', `'${name}' is no name of a ${type.name}`, { hint: 'a litefile row is named image:path, for example ALL:/etc/ntp.conf' });
}
