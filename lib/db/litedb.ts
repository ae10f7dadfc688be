import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { openDatabase } from './open.ts';
import { privatePostgres } from './private-postgres.ts';
import { serverOf } from './server.ts';

export type LitedbAction = 'start' | 'stop' | 'status';

/** Starts, stops or tells about the private server. Of an external one only the state can be told. */
export async function litedb(system: System, action: LitedbAction): Promise<{ readonly running: boolean; readonly text: string }> {
  const server = serverOf(system);
  const own = server.start === undefined ? undefined : privatePostgres(system);
  if (own === undefined && action !== 'status') {
    throw new StateliteError('USAGE', `${server.name} is not started or stopped by statelite`, { hint: 'unset STATELITE_DATABASE_URL to use the private one' });
  }
  if (own !== undefined && action === 'stop') return { running: false, text: await own.stop() ? 'stopped' : 'was not running' };
  if (own !== undefined && action === 'status') {
    const pid = await own.pid();
    if (pid === undefined) return { running: false, text: `${own.name} is not running; the next command starts it` };
    return { running: true, text: `${own.name} is running (pid ${pid}, socket in ${own.socketDirectory})` };
  }
  await (await openDatabase(system)).close();
  return { running: true, text: `${server.name} is running` };
}
