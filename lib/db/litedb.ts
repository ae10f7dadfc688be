import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { openDatabase } from './open.ts';
import { privatePostgres } from './private-postgres.ts';
import { serverOf } from './server.ts';

export type LitedbAction = 'start' | 'stop' | 'status';

/** How the database is; `text` for people. */
export interface DatabaseState {
  readonly server: string;
  readonly running: boolean;
  /** Of the private server. */
  readonly pid?: number;
  readonly socketDirectory?: string;
  readonly text: string;
}

/** Starts, stops or tells about the private server. Of an external one only the state can be told. */
export async function litedb(system: System, action: LitedbAction): Promise<DatabaseState> {
  const server = serverOf(system);
  const own = server.start === undefined ? undefined : privatePostgres(system);
  if (own === undefined && action !== 'status') {
    throw new StateliteError('USAGE', `${server.name} is not started or stopped by statelite`, { hint: 'unset STATELITE_DATABASE_URL to use the private one' });
  }
  if (own !== undefined && action === 'stop') return { server: own.name, running: false, text: await own.stop() ? 'stopped' : 'was not running' };
  if (own !== undefined && action === 'status') {
    const pid = await own.pid();
    if (pid === undefined) return { server: own.name, running: false, text: `${own.name} is not running; the next command starts it` };
    return { server: own.name, running: true, pid, socketDirectory: own.socketDirectory, text: `${own.name} is running (pid ${pid}, socket in ${own.socketDirectory})` };
  }
  await (await openDatabase(system)).close();
  return { server: server.name, running: true, text: `${server.name} is running` };
}

/** The address of the database as psql and STATELITE_DATABASE_URL take it; an external one as it was given, password and all. */
export function databaseUrl(system: System): string {
  const { config: { connectionString, host = '', user = '', database = '' } } = serverOf(system);
  return connectionString ?? `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}`;
}

/** Runs psql on the tables, on the caller's terminal; the server is started and the tables are made when they are not there. Returns its exit code. */
export async function psql(system: System, words: readonly string[]): Promise<number> {
  await (await openDatabase(system)).close();
  const { exitCode } = await system.run('psql', [databaseUrl(system), ...words], { stdio: 'inherit', allow: [1, 2, 3] });
  return exitCode;
}
