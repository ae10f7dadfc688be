import { OBJECT_TYPES } from '../../tables/object-types.ts';
import { nodeColumn } from '../cluster/columns.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { newNames } from '../cluster/new-names.ts';
import { renderNodels, nodels, type NodelsRequest } from '../cluster/nodels.ts';
import { expandNoderange, noderangeOptions } from '../cluster/noderange.ts';
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

/** Changes attributes of nodes that exist: `=` sets, `+=` or `,=` appends to a list, `-=` or `^=` takes from it. */
export async function editNodes(system: System, noderange: string, words: readonly string[], dryRun: boolean): Promise<string> {
  return changeNodes(system, (cluster) => expandNoderange(cluster, noderange, noderangeOptions(system)), words, dryRun);
}

// --- internal ---

function isSingle(cluster: Cluster, { attributes: [only, ...more] }: NodelsRequest): boolean {
  return only === undefined || (more.length === 0 && 'name' in nodeColumn(cluster, only));
}

async function changeNodes(system: System, namesIn: (cluster: Cluster) => readonly string[], words: readonly string[], dryRun: boolean): Promise<string> {
  return withDatabase(system, async (database) => {
    return change(database, dryRun, async (writer) => {
      const { nodes, assignments } = await ask(writer.read, (cluster) => ({ nodes: namesIn(cluster), assignments: readAssignments(cluster, words) }));
      await assign(writer, nodes.map((node) => ({ node })), [{ table: 'nodelist', column: 'comments', operator: '+=', value: '' }, ...assignments]);
      return '';
    });
  });
}

const OPERATORS: Readonly<Record<string, Assignment['operator']>> = { '': '=', '+': '+=', ',': '+=', '-': '-=', '^': '-=' };

function readAssignments(cluster: Cluster, words: readonly string[]): readonly Assignment[] {
  const problems: StateliteError[] = [];
  const assignments = words.flatMap((word) => {
    const [, written = '', sign = '', value = ''] = /^([^=]+?)([-+,^]?)=(.*)$/s.exec(word) ?? [];
    const known = OBJECT_TYPES.get('node')?.attributes.get(written);
    const found = known === undefined ? nodeColumn(cluster, written) : { name: known };
    if ('name' in found && !found.name.endsWith('.node')) {
      const [table = '', column = ''] = found.name.split('.');
      return [{ table, column, operator: OPERATORS[sign] ?? '=', value }];
    }
    problems.push(written === '' || 'name' in found
      ? new StateliteError('USAGE', `'${word}' is not attribute=value`, { hint: 'nodech n01 groups=all,compute noderes.netboot=pxe' })
      : new StateliteError('COLUMN_UNKNOWN', found.problem, { hint: 'tabdump -d TABLE lists the columns of a table' }));
    return [];
  });
  throwProblems(problems);
  return assignments;
}
