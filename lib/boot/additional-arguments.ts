import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { Argument } from './kernel-command-line.ts';

/**
 * The words of an addkcmdline value: `#NODEATTRIB:table:column#` and `#TABLE:table:key=value:column#` are expanded, words that begin with
 * `R::` belong to an installed system and are left out. A value with blanks is written `name="a b"`. `where` names the cell in errors.
 */
export function additionalArguments(cluster: Cluster, node: string, text: string, where: string): readonly Argument[] {
  const expanded = text.replace(TEMPLATE, (template) => {
    const value = templateValue(cluster, node, template.slice(1, -1).split(':'));
    if (value !== undefined) return value;
    throw new StateliteError('VARIABLE_UNSET', `${node}: ${template} in ${where} has no value`, { hint: 'fill the column it names, or take the word out' });
  });
  if (/[\n\r]/.test(expanded) || (expanded.split('"').length - 1) % 2 !== 0) {
    throw new StateliteError('ROW_INVALID', `${node}: ${where} is ${JSON.stringify(expanded)}, wanted one line with paired quotes`);
  }
  return (expanded.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).filter((word) => !word.startsWith('R::')).map((word) => {
    const [, name = word, value] = /^([^=]*)=(.*)$/.exec(word.replaceAll('"', '')) ?? [undefined, word.replaceAll('"', '')];
    return value === undefined ? { name } : { name, value };
  });
}

// --- internal ---

const TEMPLATE = /#(?:NODEATTRIB:[^:#\s]+:[^:#\s]+|TABLE:[^:#\s]+:[^:#\s]+:[^:#\s]+)#/g;

function templateValue(cluster: Cluster, node: string, parts: readonly string[]): string | undefined {
  const [kind, table = '', second = '', third = ''] = parts;
  if (kind === 'NODEATTRIB') return cluster.attribute(node, `${table}.${second}`)?.value;
  if (second === '$NODE' || second === 'THISNODE') return cluster.attribute(node, `${table}.${third}`)?.value;
  const wanted = second.split(',').map((pair) => pair.split('='));
  return cluster.rows(table).find((row) => wanted.every(([column = '', value = '']) => row[column] === value))?.[third];
}
