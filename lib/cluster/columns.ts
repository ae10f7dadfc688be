import { TABLES } from '../../tables/index.ts';
import type { Cluster } from './cluster.ts';
import { nearest } from '../nearest.ts';
import { once } from './remember.ts';

/** A column a node can be asked for, as `table.column`, or why there is none of that name. */
export type NodeColumn = { readonly name: string } | { readonly problem: string };

/**
 * Finds `table.column`, or the table of a bare attribute name (`mgt`, `os`, `groups`, `tags`) when only one has it. Tables we do not know
 * but that came with a dump count with the columns their rows have.
 */
export function nodeColumn(cluster: Cluster, written: string): NodeColumn {
  const [table = '', column] = written.split(/\.(.*)/s);
  if (column === undefined) return bareColumn(written);
  const columns = TABLES.get(table)?.columns.map((each) => each.name) ?? columnsSeen(cluster, table);
  if (columns === undefined) return { problem: `there is no table ${table}` };
  if (!columns.includes('node')) return { problem: `table ${table} is not about nodes` };
  return columns.includes(column) ? { name: written } : { problem: `table ${table} has no column ${column} (it has ${columns.join(', ')})` };
}

// --- internal ---

function bareColumn(attribute: string): NodeColumn {
  const names = ALIASES.get(attribute) ?? tablesWith().get(attribute) ?? [];
  const [name] = names;
  if (name === undefined) {
    const near = nearest(attribute, tablesWith().keys());
    return { problem: `there is no attribute ${attribute}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}` };
  }
  return names.length === 1 ? { name } : { problem: `${attribute} is a column of several tables: ${names.join(', ')}` };
}

const ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ['node', ['nodelist.node']], ['tags', ['nodelist.groups']],
]);

const tablesWith = once(() => {
  const names = new Map<string, string[]>();
  for (const table of TABLES.values()) {
    if (table.keys[0] !== 'node') continue;
    for (const { name } of table.columns) names.set(name, [...names.get(name) ?? [], `${table.name}.${name}`]);
  }
  return names;
});

function columnsSeen(cluster: Cluster, table: string): readonly string[] | undefined {
  return Object.hasOwn(cluster.tables, table) ? [...new Set(cluster.rows(table).flatMap((row) => Object.keys(row)))] : undefined;
}
