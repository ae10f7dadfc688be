import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { recordAuthority } from '../db/authority.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ensureAuthority } from './certificates.ts';

/**
 * Holds this server's authority against the one recorded in the database, which all servers of it share because nodes trust one only; the first
 * server records its own, `replace` records it anew. Throws AUTHORITY_DIFFERS.
 */
export async function checkAuthority(system: System, database: Database, replace: boolean): Promise<void> {
  const { certificate } = await ensureAuthority(system);
  const own = { fingerprint: new X509Certificate(system.files.readText(certificate)).fingerprint256, host: hostname() };
  const recorded = await recordAuthority(database, own, replace);
  if (recorded.fingerprint === own.fingerprint) return;
  throw new StateliteError('AUTHORITY_DIFFERS',
    `${certificate} is the authority ${own.fingerprint.slice(0, 23)}…, but nodes of this database trust ${recorded.fingerprint.slice(0, 23)}…, recorded by ${recorded.host}`, {
      hint: `copy ca.pem and ca.key of ${recorded.host} to ${dirname(certificate)}; or, to make all nodes trust this one: statelited --replace-authority, then genimage for every image`,
    });
}
