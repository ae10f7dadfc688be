import type { PoolClient } from 'pg';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { connectClient, connectionConfig, connectTo } from './connect.ts';
import type { Database, KeptTables, Read } from './database.ts';
import { databaseError, isConnectionLost } from './database-error.ts';
import { withLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { withSnapshot } from './read.ts';
import { serverOf, type Server } from './server.ts';
import { transact } from './transaction.ts';

export interface OpenOptions {
  /** Only reads; works with a role that may not write. */
  readonly readonly?: boolean;
}

/**
 * Opens the tables: starts the private server when it is down, makes or updates the tables when they are old.
 * Throws DATABASE_DOWN, DATABASE_BINARIES, DATABASE_NEWER or DATABASE_REFUSED.
 */
export async function openDatabase(system: System, options: OpenOptions = {}): Promise<Database> {
  return openOn(system, serverOf(system), options.readonly ?? false);
}

/** Opens the tables, hands them to `work` and closes them whatever happens. */
export async function withDatabase<T>(system: System, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(system);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

// --- internal ---

/** Milliseconds a change waits for another one before it gives up. */
const LOCK_TIMEOUT = 30_000;

async function openOn(system: System, server: Server, readonly: boolean): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ ...connectionConfig(server, { lock_timeout: LOCK_TIMEOUT }), max: 8, allowExitOnIdle: true });
  pool.on('error', () => undefined);
  // A connection that breaks while it is in use tells the query as well; without a listener the event would end the process.
  pool.on('connect', (client) => { client.on('error', () => undefined); });
  const acquire = (): Promise<PoolClient> => connectTo(system, server, () => pool.connect());
  const connect = () => connectClient(system, server);
  const told = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw isOurs(error) ? databaseError(error, server) : error;
    }
  };
  const onConnection = <T>(action: (client: PoolClient) => Promise<T>): Promise<T> => told(() => withConnection(acquire, action));

  try {
    await onConnection((client) => migrate(client, readonly));
  } catch (error) {
    await pool.end();
    throw error;
  }
  const snapshot = <T>(work: (read: Read, kept: () => Promise<KeptTables>) => Promise<T>): Promise<T> => onConnection((client) => withSnapshot(client, work));
  return {
    snapshot,
    read: (tables, nodes) => snapshot((read) => read(tables, nodes)),
    write: (work) => {
      if (readonly) throw new StateliteError('DATABASE_REFUSED', 'the tables were opened for reading only');
      return told(() => transact(acquire, work));
    },
    query: <R>(text: string, values: readonly unknown[] = []) => onConnection(async (client) => (await client.query(text, [...values])).rows as R[]),
    lock: (name, work, onWait) => told(() => withLock(connect, name, work, onWait)),
    listen: (onChange, onLost) => told(async () => {
      const client = await connect();
      let ended = false;
      client.on('notification', ({ payload }) => { if (!ended) onChange(payload ?? ''); });
      client.on('end', () => { if (!ended) onLost(databaseError(new Error('Connection terminated'), server)); });
      await client.query('LISTEN statelite_changed');
      return async () => {
        ended = true;
        await client.end();
      };
    }),
    close: () => pool.end(),
  };
}

// Runs a read on a connection of the pool, once more when the connection breaks under it.
async function withConnection<T>(acquire: () => Promise<PoolClient>, action: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await acquire();
    try {
      const result = await action(client);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      if (!isConnectionLost(error) || attempt === 3) throw error;
    }
  }
}

// What the driver threw carries a code or lost its connection; anything else is a fault of the work that was handed in.
const isOurs = (error: unknown): boolean =>
  !(error instanceof StateliteError) && (isConnectionLost(error) || (error instanceof Error && 'severity' in error));
