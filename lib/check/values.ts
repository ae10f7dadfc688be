import { TABLES } from '../../tables/index.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Finding } from './finding.ts';

/** Values of node tables that are written like /directory/name/ and are read as a regular expression and its replacement, in xCAT and here. */
export function checkValues(cluster: Cluster): readonly Finding[] {
  return [...TABLES.values()].filter(({ nodeKeyed }) => nodeKeyed === true).flatMap((table) => cluster.rows(table.name).flatMap((row) =>
    Object.entries(row).flatMap(([column, value]) => {
      const key = row[table.keys[0] ?? ''] ?? '';
      const [, pattern = ''] = /^\/([\w.+-]+)\/[\w.+-]*\/$/.exec(value) ?? [];
      if (pattern === '' || column === 'comments' || names(cluster, key).some((node) => node.includes(pattern))) return [];
      return [{
        code: 'SL019' as const, row: `${table.name} row ${table.keys[0] ?? ''}=${key}`,
        reason: `${column} is ${value}, which is read as "replace ${pattern} in the node's name": every node gets its own name`, fix: `write ${value.slice(0, -1)}, without the last slash`,
      }];
    })));
}

// --- internal ---

const names = (cluster: Cluster, key: string): readonly string[] => [key, ...cluster.groups.get(key) ?? []];
