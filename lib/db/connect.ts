import type { Client, ClientConfig, PoolConfig } from 'pg';
import type { System } from '../system/system.ts';
import { databaseError, isConnectionLost, isNotRunning } from './database-error.ts';
import type { Server } from './server.ts';

/** Milliseconds a server is given to come up. */
const PATIENCE = 30_000;

/** What every connection is told, with a name others see when they wait for it. */
export const connectionConfig = (server: Server, extra: ClientConfig = {}): PoolConfig => ({
  connectionTimeoutMillis: PATIENCE, application_name: holderName(), ...server.config, ...extra,
});

/**
 * Runs `connect`; while no server listens it is started, while one is starting or ending it is waited for.
 * Throws DATABASE_DOWN after 30 s, at once when the server is not ours to start.
 */
export async function connectTo<T>(system: System, server: Server, connect: () => Promise<T>): Promise<T> {
  const deadline = system.clock.now() + PATIENCE;
  let startError: unknown;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const startable = isNotRunning(error) && server.start !== undefined;
      if (!startable && !isConnectionLost(error)) throw databaseError(error, server);
      if (system.clock.now() > deadline) throw databaseError(startError ?? error, server);
      if (startable) startError = await failureOf(server.start);
      if (isFinal(startError)) throw databaseError(startError, server);
      if (startError !== undefined || !startable) await system.clock.sleep(30);
    }
  }
}

/** A connection of its own, for what outlives a transaction: locks and listening. */
export async function connectClient(system: System, server: Server): Promise<Client> {
  const { default: pg } = await import('pg');
  return connectTo(system, server, async () => {
    const client = new pg.Client(connectionConfig(server));
    client.on('error', () => undefined);
    await client.connect();
    return client;
  });
}

// --- internal ---

// At most 63 bytes are kept by Postgres.
const holderName = (): string => [process.argv[1]?.split('/').at(-1) ?? 'statelite', process.argv[2] ?? '', `(pid ${process.pid})`].filter(Boolean).join(' ').slice(-63);

// Two processes may start the server at once, or the last one's remains are still being cleared: only the connection tells.
async function failureOf(start: () => Promise<void>): Promise<unknown> {
  try {
    await start();
    return undefined;
  } catch (error) {
    return error;
  }
}

const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && !['COMMAND_FAILED'].includes(error.code);
