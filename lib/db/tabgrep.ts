import { TABLES } from '../../tables/index.ts';
import { isEnabled } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ask } from './ask.ts';
import { withDatabase } from './open.ts';

/** The tables with a row for a node or one of its groups, in order of their names. Throws NODE_UNKNOWN. */
export async function tabgrep(system: System, node: string): Promise<readonly string[]> {
  const tables = [...TABLES.values()].filter((table) => table.keys[0] === 'node').map(({ name }) => name);
  return withDatabase(system, (database) => database.snapshot(async (read) => {
    const keys = await ask(read, (cluster) => {
      if (!cluster.isNode(node)) throw new StateliteError('NODE_UNKNOWN', `${node} is not in nodelist`, { hint: 'nodels lists the nodes' });
      return [node, ...cluster.groupsOf(node)];
    });
    const rows = await read(tables, keys);
    return tables.filter((table) => rows[table]?.some(isEnabled));
  }));
}
