import { tablesOf, type ObjectType } from '../../tables/object-types.ts';
import type { Row } from '../../tables/table.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ask } from './ask.ts';
import { assign, type Assignment } from './assignment.ts';
import type { TableWriter } from './database.ts';

/** An attribute's new value. */
export interface AttributeValue extends Omit<Assignment, 'table' | 'column'> {
  readonly attribute: string;
  /** `table.column`; `site.value` for a site setting. */
  readonly place: string;
}

/** Sets attributes of objects in all the tables they lie in; objects without a row get one. */
export async function writeObjects(
  system: System, writer: TableWriter, type: ObjectType, names: readonly string[], attributes: readonly AttributeValue[],
): Promise<void> {
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
    await assign(writer, names.map((name) => whereOf(type, name, table)), assignments.filter((each) => each.table === table));
  }
  for (const { operator, value } of members) for (const group of names) await setMembers(system, writer, group, operator, value);
}

/** Removes objects' rows; a group leaves its members. */
export async function removeObjects(writer: TableWriter, type: ObjectType, names: readonly string[]): Promise<void> {
  for (const table of tablesOf(type)) await writer.removeEach(table, names.map((name) => whereOf(type, name, table)));
  if (type.name !== 'group') return;
  for (const name of names) {
    const members = await ask(writer.read, (cluster) => cluster.nodes.filter((node) => cluster.groupsOf(node).includes(name)));
    await setGroup(writer, members, '-=', name);
  }
}

// --- internal ---

// Who is in a group stands in nodelist.groups.
async function setMembers(system: System, writer: TableWriter, group: string, operator: Assignment['operator'], noderange: string): Promise<void> {
  const { leaving, joining } = await ask(writer.read, (cluster) => {
    const wanted = noderange === '' ? [] : expandNoderange(cluster, noderange, noderangeOptions(system));
    const others = cluster.nodes.filter((node) => cluster.groupsOf(node).includes(group) && !wanted.includes(node));
    return { leaving: operator === '=' ? others : operator === '-=' ? wanted : [], joining: operator === '-=' ? [] : wanted };
  });
  await setGroup(writer, leaving, '-=', group);
  await setGroup(writer, joining, '+=', group);
}

const setGroup = (writer: TableWriter, nodes: readonly string[], operator: '+=' | '-=', group: string): Promise<void> =>
  assign(writer, nodes.map((node) => ({ node })), [{ table: 'nodelist', column: 'groups', operator, value: group }]);

function whereOf(type: ObjectType, name: string, table: string): Row {
  const where = type.where(name, table);
  if (where !== undefined) return where;
  throw new StateliteError('USAGE', `'${name}' is no name of a ${type.name}`, { hint: 'a litefile row is named image:path, for example ALL:/etc/ntp.conf' });
}
