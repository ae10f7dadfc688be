import { StateliteError, throwProblems } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { nodeColumn } from './columns.ts';
import { originOf } from './definition.ts';

/**
 * A table value with its variables replaced for a node: `$node`, `$table.column`, `$site.key`, each also as `${…}`; `$$` is a plain `$`.
 * A name is as long as letters, digits and `_` go, so `$nodepos.room-b` and `$node.b` keep their ends as written.
 *
 * @param where names the row in messages: `litetree row priority=1`
 * @throws VARIABLE_UNSET for a variable that has no value or means nothing, and for `#CMD`; PATH_INVALID when a value would lead the
 * path elsewhere (`..`) or break the line. All at once.
 */
export function expandVariables(cluster: Cluster, node: string, text: string, where: string): string {
  if (!/[$#]/.test(text)) return text;
  if (text.includes('#CMD')) {
    throw new StateliteError('VARIABLE_UNSET', `${where}: ${text} has #CMD: a table value is never run as a command on the server`, {
      hint: 'put the result into a column, for example nodepos.comments, and write $nodepos.comments here',
    });
  }
  const problems: StateliteError[] = [];
  const expanded = text.replace(VARIABLE, (written, braced?: string, plain?: string) => {
    if (written === '$$') return '$';
    const value = valueOf(cluster, node, braced ?? plain, written, where);
    if (typeof value === 'string') return value;
    problems.push(value);
    return '';
  });
  throwProblems(problems, `problems in ${where}`);
  if (leavesPath(expanded) && !leavesPath(text)) throw misleading(where, text, node, expanded);
  return expanded;
}

/** A variable of a table value, with what it is for a node and which row says so, or why it is nothing. */
export interface Variable {
  readonly written: string;
  readonly value?: string;
  readonly from: string;
}

/** The variables of a table value in the order they stand, each once, for people who ask where an expanded value is from. */
export function variablesIn(cluster: Cluster, node: string, text: string): readonly Variable[] {
  const found = new Map<string, Variable>();
  for (const [written, braced, plain] of text.matchAll(VARIABLE)) {
    if (written === '$$') continue;
    const name = braced ?? plain;
    const value = valueOf(cluster, node, name, written, 'variable');
    found.set(written, typeof value === 'string' ? { written, value, from: originFor(cluster, node, name ?? '') } : { written, from: value.message });
  }
  return [...found.values()];
}

// --- internal ---

function originFor(cluster: Cluster, node: string, name: string): string {
  if (name === 'node') return 'the name of the node';
  const [table, column = ''] = name.split('.');
  if (table === 'site') return `site row key=${column}`;
  const attribute = cluster.attribute(node, name);
  return attribute === undefined ? '' : originOf(node, attribute);
}

const VARIABLE = /\$(?:\$|\{([^}]*)\}|(node(?![A-Za-z0-9_])|[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?)|)/g;

function valueOf(cluster: Cluster, node: string, name: string | undefined, written: string, where: string): string | StateliteError {
  if (name === 'node') return node;
  const refuse = (reason: string, hint: string): StateliteError => new StateliteError('VARIABLE_UNSET', `${where}: ${reason}`, { hint });
  if (name === undefined || !/^\w+\.\w+$/.test(name)) {
    return refuse(`${written} is no variable`, 'variables are $node, $table.column and $site.key; set one off with ${…}; a plain $ is written $$');
  }
  const [table = '', column = ''] = name.split('.');
  if (table === 'site') {
    return checked(cluster.site(column), written, node, where)
      ?? refuse(`${written} is unset for ${node}: there is no site row key=${column}`, `chtab key=${column} site.value=<value>`);
  }
  const known = nodeColumn(cluster, name);
  if ('problem' in known) return refuse(`${written} is unset for ${node}: ${known.problem}`, `tabdump lists the tables, tabdump -d ${table} the columns`);
  return checked(cluster.attribute(node, name)?.value, written, node, where)
    ?? refuse(`${written} is unset for ${node}: ${rowsTried(cluster, node, table)} has ${column}`, `chtab node=${node} ${name}=<value>`);
}

function checked(value: string | undefined, written: string, node: string, where: string): string | StateliteError | undefined {
  return value !== undefined && (leavesPath(value) || /\p{Cc}/u.test(value)) ? misleading(where, written, node, value) : value;
}

const leavesPath = (text: string): boolean => text.split(/[/:]/).includes('..');

const misleading = (where: string, written: string, node: string, value: string): StateliteError =>
  new StateliteError('PATH_INVALID', `${where}: ${written} for ${node} is ${JSON.stringify(value)}, which must not hold .. or control characters`, {
    hint: 'correct the value in its table',
  });

function rowsTried(cluster: Cluster, node: string, table: string): string {
  const groups = cluster.groupsOf(node);
  return groups.length === 0 ? `no ${table} row of ${node}` : `no ${table} row of ${node} or its groups ${groups.join(',')}`;
}
