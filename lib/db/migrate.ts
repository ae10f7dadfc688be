import type { ClientBase } from 'pg';
import { StateliteError } from '../errors.ts';
import { MIGRATIONS } from '../../tables/migrations/index.ts';
import { errorCode } from './database-error.ts';

/**
 * Brings the tables to this program's version when they are older: one query when they are not, one transaction under a lock when they are.
 * Throws DATABASE_NEWER when a newer program made them, and when they are older and `readonly` is set.
 */
export async function migrate(client: ClientBase, readonly: boolean): Promise<void> {
  const version = await versionOf(client);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) {
    throw new StateliteError('DATABASE_NEWER', `the tables have version ${version}, and this program knows versions up to ${MIGRATIONS.length}`,
      { hint: 'update statelite on this host' });
  }
  if (readonly) {
    throw new StateliteError('DATABASE_NEWER', `the tables have version ${version}, and this program needs ${MIGRATIONS.length} but may only read`,
      { hint: 'run tabdump as root on the management node once: it brings the tables up to date' });
  }
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await client.query('CREATE TABLE IF NOT EXISTS statelite_schema (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())');
    for (let next = await versionOf(client); next < MIGRATIONS.length; next += 1) {
      await client.query(MIGRATIONS[next] ?? '');
      await client.query('INSERT INTO statelite_schema (version) VALUES ($1)', [next + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

// --- internal ---

/** Advisory lock of migrations: "slite" in ASCII. */
const LOCK = 0x736c697465;

const UNDEFINED_TABLE = '42P01';

// Number of migrations the tables have had.
async function versionOf(client: ClientBase): Promise<number> {
  try {
    const { rows } = await client.query<{ version: number | null }>('SELECT max(version) AS version FROM statelite_schema');
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (errorCode(error) === UNDEFINED_TABLE) return 0;
    throw error;
  }
}
