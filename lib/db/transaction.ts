import type { PoolClient } from 'pg';
import type { TableWriter } from './database.ts';
import { isConflict, isConnectionLost } from './database-error.ts';
import { createWriter } from './writer.ts';

/**
 * Runs `work` in a serializable transaction and commits. Writers queue up behind one advisory lock, so they do not abort each other;
 * conflicts with others (psql) and a connection that breaks before the commit are tried again, ten times at most.
 */
export async function transact<T>(acquire: () => Promise<PoolClient>, work: (writer: TableWriter) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await acquire();
    let committing = false;
    try {
      await client.query(`SELECT pg_advisory_lock(${WRITERS})`);
      await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
      const result = await work(await createWriter(client));
      committing = true;
      await client.query('COMMIT');
      await client.query(`SELECT pg_advisory_unlock(${WRITERS})`).catch(() => undefined);
      client.release();
      return result;
    } catch (error) {
      await abandon(client);
      const again = isConflict(error) || (isConnectionLost(error) && !committing);
      if (!again || attempt === ATTEMPTS) throw error;
    }
  }
}

// --- internal ---

const ATTEMPTS = 10;

/** Advisory lock all writers take: "slitw" in ASCII. */
const WRITERS = 0x736c697477;

// Ends the transaction and gives the lock back; a connection on which that fails is thrown away, which does both.
async function abandon(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    await client.query(`SELECT pg_advisory_unlock(${WRITERS})`);
    client.release();
  } catch {
    client.release(true);
  }
}
