import type { Row } from '../../tables/table.ts';
import { TABLES } from '../../tables/index.ts';
import { openDatabase } from '../db/open.ts';
import { privatePostgres } from '../db/private-postgres.ts';
import { serverOf } from '../db/server.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';

export type NameKind = 'nodes' | 'images' | 'tables';

/** Names of a kind that begin with `start`, sorted, for completion; none when there are no tables yet: a key press makes no database. Throws USAGE. */
export async function namesOf(system: System, kind: string, start: string): Promise<readonly string[]> {
  if (kind !== 'tables' && kind !== 'nodes' && kind !== 'images') throw new StateliteError('USAGE', `there are no names of ${kind}, wanted nodes, images or tables`);
  const names = kind === 'tables' ? TABLES.keys() : await namesInTables(system, kind);
  return [...new Set(names)].filter((name) => name.startsWith(start)).sort();
}

// --- internal ---

type Names = (row: Row) => readonly string[];

const SOURCES: Readonly<Record<'nodes' | 'images', Readonly<Record<string, Names>>>> = {
  nodes: {
    nodelist: ({ node = '', groups = '' }) => [node, ...groups.split(',')],
    nodegroup: ({ groupname = '' }) => [groupname],
  },
  images: { osimage: ({ imagename = '' }) => [imagename] },
};

async function namesInTables(system: System, kind: 'nodes' | 'images'): Promise<readonly string[]> {
  const isPrivate = serverOf(system).start !== undefined;
  if (isPrivate && !system.files.exists(privatePostgres(system).data)) return [];
  const sources = Object.entries(SOURCES[kind]);
  const database = await openDatabase(system, { readonly: true });
  try {
    const tables = await database.read(sources.map(([table]) => table));
    return sources.flatMap(([table, names]) => (tables[table] ?? []).flatMap(names)).filter((name) => name !== '');
  } finally {
    await database.close();
  }
}
