import { OBJECT_TYPES } from '../../tables/object-types.ts';
import { nodeColumn, type NodeColumn } from '../cluster/columns.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { newNames } from '../cluster/new-names.ts';
import { renderNodels, nodels, type NodelsRequest } from '../cluster/nodels.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
import { compileConditions, readCondition } from '../cluster/selection.ts';
import { toJson } from '../command.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ask, askTables } from './ask.ts';
import { assign, type Assignment } from './assignment.ts';
import { change } from './change.ts';
import { withDatabase } from './open.ts';

export interface NodelsOutput {
  readonly blame: boolean;
  readonly json: boolean;
}

/** Nodes and their attributes as nodels prints them. */
export async function listNodes(system: System, request: NodelsRequest, { blame, json }: NodelsOutput): Promise<string> {
  const expected = request.attributes.map((written) => written.split('.')[0] ?? '');
  const { entries, single } = await askTables(system, (cluster) => ({ entries: nodels(cluster, request, noderangeOptions(system)), single: isSingle(cluster, request) }), expected);
  if (json) return toJson(entries.map(({ node, values }) => ({ node, ...Object.fromEntries(values.map(({ column, attribute }) => [column, blame ? attribute : attribute?.value])) })));
  return renderNodels(entries, single, blame);
}

/** Makes nodes, or changes those that are there, with `attribute=value` for each. */
export async function addNodes(system: System, names: string, words: readonly string[], dryRun: boolean): Promise<string> {
  return changeNodes(system, () => newNames(names), words, dryRun);
}

/**
 * Changes attributes of nodes that exist: `=` sets, `+=` or `,=` appends to a list, `-=` or `^=` takes from it. Words with `==`, `!=`,
 * `=~` or `!~` are conditions: only nodes that fit them all are changed.
 */
export async function editNodes(system: System, noderange: string, words: readonly string[], dryRun: boolean): Promise<string> {
  if (words.every(isCondition)) throw new StateliteError('USAGE', 'nothing is given to change', { hint: 'nodech all groups==rack1 noderes.netboot=pxe' });
  return changeNodes(system, (cluster) => expandNoderange(cluster, noderange, noderangeOptions(system)), words, dryRun);
}

// --- internal ---

function isSingle(cluster: Cluster, { attributes: [only, ...more] }: NodelsRequest): boolean {
  return only === undefined || (more.length === 0 && 'name' in nodeColumn(cluster, only));
}

async function changeNodes(system: System, namesIn: (cluster: Cluster) => readonly string[], words: readonly string[], dryRun: boolean): Promise<string> {
  return withDatabase(system, async (database) => {
    return change(database, dryRun, async (writer) => {
      const { nodes, assignments } = await ask(writer.read, (cluster) => ({
        nodes: fitting(cluster, namesIn(cluster), words), assignments: readAssignments(cluster, words.filter((word) => !isCondition(word))),
      }));
      await assign(writer, nodes.map((node) => ({ node })), [{ table: 'nodelist', column: 'comments', operator: '+=', value: '' }, ...assignments]);
      return '';
    });
  });
}

// The nodes that fit the conditions among the words.
function fitting(cluster: Cluster, nodes: readonly string[], words: readonly string[]): readonly string[] {
  const conditions = words.filter(isCondition);
  const columns = new Map(conditions.map((text) => {
    const { attribute } = readCondition(text) ?? { attribute: text };
    return [attribute, columnNamed(cluster, attribute)];
  }));
  throwProblems([...columns.values()].flatMap((found) => 'problem' in found ? [unknownColumn(found.problem)] : []));
  const fits = compileConditions(conditions);
  return nodes.filter((node) => fits((attribute) => {
    const found = columns.get(attribute);
    return found !== undefined && 'name' in found ? cluster.attribute(node, found.name)?.value ?? '' : '';
  }));
}

const isCondition = (word: string): boolean => readCondition(word) !== undefined;

// Object attributes (ip, mac) are known beside table columns.
function columnNamed(cluster: Cluster, written: string): NodeColumn {
  const known = OBJECT_TYPES.get('node')?.attributes.get(written);
  return known === undefined ? nodeColumn(cluster, written) : { name: known };
}

const unknownColumn = (problem: string): StateliteError => new StateliteError('COLUMN_UNKNOWN', problem, { hint: 'tabdump -d TABLE lists the columns of a table' });

const OPERATORS: Readonly<Record<string, Assignment['operator']>> = { '': '=', '+': '+=', ',': '+=', '-': '-=', '^': '-=' };

function readAssignments(cluster: Cluster, words: readonly string[]): readonly Assignment[] {
  const problems: StateliteError[] = [];
  const assignments = words.flatMap((word) => {
    const [, written = '', sign = '', value = ''] = /^([^=]+?)([-+,^]?)=(.*)$/s.exec(word) ?? [];
    const found = columnNamed(cluster, written);
    if ('name' in found && !found.name.endsWith('.node')) {
      const [table = '', column = ''] = found.name.split('.');
      return [{ table, column, operator: OPERATORS[sign] ?? '=', value }];
    }
    problems.push(written === '' || 'name' in found
      ? new StateliteError('USAGE', `'${word}' is not attribute=value`, { hint: 'nodech n01 groups=all,compute noderes.netboot=pxe' })
      : unknownColumn(found.problem));
    return [];
  });
  throwProblems(problems);
  return assignments;
}
