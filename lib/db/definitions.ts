import { cellDoubts, cellProblems } from '../../tables/check-row.ts';
import { tableOf } from '../../tables/index.ts';
import { objectTypeOf, SITE_OBJECT, unknownAttribute, unknownObject, type ObjectType } from '../../tables/object-types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { objectNames } from '../cluster/definition.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import { newNames } from '../cluster/new-names.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
import { imageInUse } from '../cluster/nodes-of-image.ts';
import { remember } from '../cluster/remember.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ask } from './ask.ts';
import { change } from './change.ts';
import type { Assignment } from './assignment.ts';
import { removeObjects, writeObjects, type AttributeValue } from './object-rows.ts';
import { selectObjects } from './lsdef.ts';
import { withDatabase } from './open.ts';

/** Objects to make or change, all of one type and in the same way. */
export interface DefineItem {
  readonly type: string;
  /** Names separated by commas; a noderange for nodes. */
  readonly names: string;
  /** `attribute=value`, also `+=` and `-=` for comma lists. */
  readonly words: readonly string[];
  /** chdef without names: the objects that fit these conditions. */
  readonly where?: readonly string[];
}

export interface DefineOptions {
  /** What a bare `=` does: set, or append to or take from a comma list. */
  readonly operator: Assignment['operator'];
  /** mkdef: the objects must be new; with `force` old ones are replaced. chdef: old or new. */
  readonly fresh: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Is told of nodes that chdef makes: as in xCAT a mistyped name is a new node. */
  readonly notice?: (line: string) => void;
}

/** Makes or changes objects, all or none, and says so as xCAT does. Throws every unknown attribute and every object that is there already. */
export async function define(system: System, items: readonly DefineItem[], { operator, fresh, force, dryRun, notice }: DefineOptions): Promise<string> {
  const known = items.map((item) => ({ item, type: objectTypeOf(item.type) })).sort((a, b) => rank(a.type) - rank(b.type));
  const problems: StateliteError[] = [];
  const read = known.map(({ item, type }) => ({ item, type, attributes: readAttributes(type, item.words, operator, problems) }));
  throwProblems(problems);
  let newNodes: readonly string[] = [];
  const text = await withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    const objects = await ask(writer.read, (cluster) => {
      const there = remember((type: ObjectType) => new Set((cluster.rows(type.table)).map((row) => type.nameOf(row, type.table))));
      return read.map(({ item, type, attributes }) => {
        const names = namesToDefine(system, cluster, type, item, fresh);
        return { type, attributes, names, old: names.filter((name) => there(type).has(name)) };
      });
    }, known.map(({ type }) => type.table));
    if (fresh && !force) {
      throwProblems(objects.filter(({ type }) => type.name !== 'site').flatMap(({ type, old }) => old.map((name) =>
        new StateliteError('ROW_INVALID', `the ${type.name} ${name} is already defined`, { hint: 'chdef changes it, mkdef -f makes it anew' }))), 'problems, nothing was changed');
    }
    for (const { type, attributes, names, old } of objects) {
      if (fresh && force && type.name !== 'site') await removeObjects(writer, type, old);
      await writeObjects(system, writer, type, names, attributes);
    }
    const madeOf = (wanted: (type: ObjectType) => boolean): readonly string[] =>
      fresh ? [] : objects.flatMap(({ type, names, old }) => wanted(type) ? names.filter((name) => !old.includes(name)) : []);
    const made = madeOf(({ name }) => name !== 'site');
    newNodes = madeOf(({ name }) => name === 'node');
    return [`${objects.flatMap(({ names }) => names).length} object definitions have been created or modified.`,
      ...made.length === 0 ? [] : [`New object definitions '${made.join(',')}' have been created.`]].join('\n');
  }));
  if (newNodes.length > 0) notice?.(newNodesWarning(newNodes, dryRun));
  return text;
}

/** Removes objects with all their rows; a group leaves its members. Throws every unknown name at once, and images that nodes are set to, unless forced. */
export async function undefine(system: System, typeName: string, text: string, dryRun: boolean, force = false): Promise<string> {
  const type = objectTypeOf(typeName);
  if (type.name === 'site') throw new StateliteError('USAGE', 'the site settings are no object to remove', { hint: 'chtab -d key=NAME site removes one setting' });
  return withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    const names = await ask(writer.read, (cluster) => {
      const found = type.name === 'node' ? expandNoderange(cluster, text, noderangeOptions(system)) : splitNames(text);
      const there = new Set(objectNames(cluster, type));
      const inUse = (name: string): StateliteError | undefined => type.name === 'osimage' && !force ? imageInUse(cluster, name, `rmdef -f -t osimage ${name}`) : undefined;
      throwProblems(found.flatMap((name) => there.has(name) ? inUse(name) ?? [] : unknownObject(type, name)), 'problems, nothing was changed');
      return found;
    }, [type.table]);
    await removeObjects(writer, type, names);
    return `${names.length} object definitions have been removed.`;
  }));
}

// --- internal ---

function newNodesWarning(nodes: readonly string[], dryRun: boolean): string {
  const noderange = formatNoderange(nodes);
  const [were, made] = nodes.length === 1 ? ['was no node', 'is one'] : ['were no nodes', 'are'];
  return `WARNING: ${noderange} ${were} and ${dryRun ? 'would be made' : `now ${made}`}.${dryRun ? '' : `\n  Hint: if the name was mistyped, rmdef ${noderange} takes that back`}`;
}

// Members of groups must be there before the groups.
const rank = (type: ObjectType): number => type.name === 'group' ? 1 : 0;

function readAttributes(type: ObjectType, words: readonly string[], plain: Assignment['operator'], problems: StateliteError[]): readonly AttributeValue[] {
  return words.flatMap((word) => {
    const [, attribute = '', sign = '', value = ''] = /^([^=]+?)([+-]?)=(.*)$/s.exec(word) ?? [];
    const place = type.name === 'site' ? 'site.value' : type.attributes.get(attribute);
    if (attribute === '') problems.push(new StateliteError('USAGE', `'${word}' is not attribute=value`));
    else if (place === undefined) problems.push(unknownAttribute(type, attribute));
    else problems.push(...sign === '' && plain === '=' ? valueProblems(type, attribute, place, value) : []);
    if (attribute !== '' && place !== undefined) return [{ attribute, place, value, operator: sign === '' ? plain : sign === '+' ? '+=' as const : '-=' as const }];
    return [];
  });
}

// What is wrong with a value as such, whatever the object: so that all of a command line is told at once.
function valueProblems(type: ObjectType, attribute: string, place: string, value: string): readonly StateliteError[] {
  const [name = '', column = ''] = place.split('.');
  const row = type.name === 'site' ? { key: attribute, value } : { [column]: value };
  return [...cellProblems(tableOf(name), row, false), ...cellDoubts(tableOf(name), row)].filter((problem) => value !== '' && problem.column === column).map(({ reason }) =>
    new StateliteError('ROW_INVALID', `${type.name} attribute ${attribute}: ${reason}`, { hint: `tabdump -d ${name} describes the columns` }));
}

const splitNames = (text: string): readonly string[] => [...new Set(text.split(',').map((name) => name.trim()).filter((name) => name !== ''))];

// Nodes may be written as a noderange; names of nodes that do not exist yet as a list.
function namesToDefine(system: System, cluster: Cluster, type: ObjectType, { names: text, where = [] }: DefineItem, fresh: boolean): readonly string[] {
  if (type.name === 'site') return [SITE_OBJECT];
  if (where.length > 0) return selectObjects(system, cluster, type, { where, ...text === '' ? {} : { names: text } });
  if (type.name !== 'node') return splitNames(text);
  if (fresh) return newNames(text);
  try {
    return expandNoderange(cluster, text, noderangeOptions(system));
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'NODERANGE_UNKNOWN' && /^[\w.,[\]-]+$/.test(text)) return newNames(text);
    throw error;
  }
}
