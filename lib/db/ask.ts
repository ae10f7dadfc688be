import { TABLES } from '../../tables/index.ts';
import type { TableData } from '../../tables/table.ts';
import { createCluster } from '../cluster/create.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Context, Result } from '../command.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import type { Read } from './database.ts';
import { withDatabase } from './open.ts';

/**
 * Answers a question about the cluster with the tables it turns out to need: a question that asks for a table that was not read is put
 * again with it. So the question must have no effects, and its answer must be a plain value. `expected` names tables it will need;
 * with the right ones it is put once.
 */
export async function ask<T>(read: Read, question: (cluster: Cluster) => T, expected: Iterable<string> = [], files?: Files): Promise<T> {
  return askMore(read, files)(question, expected);
}

/** Asks several questions; a table is read once for all of them. */
export function askMore(read: Read, files?: Files): <T>(question: (cluster: Cluster) => T, expected?: Iterable<string>) => Promise<T> {
  const tables = withGaps();
  const cluster = createCluster(tables, files);
  const known = new Set<string>();
  const load = async (names: readonly string[]): Promise<void> => {
    const missing = names.filter((name) => !known.has(name));
    if (missing.length === 0) return;
    for (const [name, rows] of Object.entries(await read(missing))) Object.defineProperty(tables, name, { value: rows, enumerable: true });
    for (const name of missing) known.add(name);
  };
  return async (question, expected = []) => {
    await load([...new Set([...ALWAYS, ...[...expected].filter((name) => TABLES.has(name))])]);
    for (;;) {
      try {
        return question(cluster);
      } catch (error) {
        if (!(error instanceof Gap)) throw error;
        await load([error.table]);
      }
    }
  };
}

/** Opens the tables and answers one question from one snapshot of them. */
export const askTables = <T>(system: System, question: (cluster: Cluster) => T, expected?: Iterable<string>): Promise<T> =>
  withDatabase(system, (database) => database.snapshot((read) => ask(read, question, expected, system.files)));

/** The result of a listing command; notices are printed once, however often the question had to be put. */
export async function tellFrom(context: Context, listing: (context: Context, cluster: Cluster) => Result, expected?: Iterable<string>): Promise<Result> {
  const { lines, result } = await askTables(context.system, (cluster) => {
    const notices: string[] = [];
    const answer = listing({ ...context, notice: (line) => notices.push(line) }, cluster);
    return { lines: notices, result: answer };
  }, expected);
  for (const line of lines) context.notice(line);
  return result;
}

// --- internal ---

/** Nearly every question is about nodes and groups. */
const ALWAYS = ['site', 'nodelist', 'nodegroup'];

class Gap extends Error {
  readonly table: string;

  constructor(table: string) {
    super(`the table ${table} was not read`);
    this.table = table;
  }
}

// Tables that are not there yet, with a tripwire at each.
const withGaps = (): TableData => Object.defineProperties({}, Object.fromEntries([...TABLES.keys()].map((name) =>
  [name, { configurable: true, enumerable: true, get: () => { throw new Gap(name); } }])));
