import type { Client } from 'pg';

/**
 * Holds the advisory lock `name` on a connection of its own while `work` runs; it goes with the connection, so a killed holder frees it.
 * `onWait` is called once with who holds it when it is not free at once.
 */
export async function withLock<T>(connect: () => Promise<Client>, name: string, work: () => Promise<T>, onWait?: (holder: string) => void): Promise<T> {
  const client = await connect();
  try {
    const { rows } = await client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${KEY}) AS free`, [name]);
    if (rows[0]?.free !== true) {
      onWait?.(await holderOf(client, name));
      await client.query(`SELECT pg_advisory_lock(${KEY})`, [name]);
    }
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

// --- internal ---

const KEY = 'hashtextextended($1, 0)';

async function holderOf(client: Client, name: string): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(`
    SELECT application_name || COALESCE(' on ' || host(client_addr), '') AS holder
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = ${KEY}
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, [name]);
  return rows[0]?.holder ?? 'another command';
}
