import type { Database } from './database.ts';

/** The authority whose certificate is in the initrds, and who recorded it. */
export interface RecordedAuthority {
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  readonly host: string;
}

/** Records the authority unless there is one (`replace` takes its place), and gives the one that counts. */
export async function recordAuthority(database: Database, own: RecordedAuthority, replace: boolean): Promise<RecordedAuthority> {
  await database.query(`INSERT INTO statelite_authority (fingerprint, host) VALUES ($1, $2) ON CONFLICT ("only") DO ${replace ? REPLACE : 'NOTHING'}`, [own.fingerprint, own.host]);
  const [recorded] = await database.query<RecordedAuthority>('SELECT fingerprint, host FROM statelite_authority');
  return recorded ?? own;
}

// --- internal ---

const REPLACE = 'UPDATE SET fingerprint = EXCLUDED.fingerprint, host = EXCLUDED.host, recorded = now()';
