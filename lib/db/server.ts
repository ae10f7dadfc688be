import type { ClientConfig } from 'pg';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { privatePostgres } from './private-postgres.ts';

/** A Postgres server the tables live on. */
export interface Server {
  /** For messages: never holds a password. */
  readonly name: string;
  readonly config: ClientConfig;
  /** Brings a server up that does not answer; absent for a server that is not ours to start. */
  readonly start?: () => Promise<void>;
  /** What to do when it cannot be reached. */
  readonly hint: string;
}

/** The server `STATELITE_DATABASE_URL` names, else the private one below STATELITE_HOME. Throws USAGE for an address that is none of Postgres. */
export function serverOf(system: System): Server {
  const url = system.env['STATELITE_DATABASE_URL'];
  return url === undefined || url === '' ? privatePostgres(system) : externalServer(url);
}

// --- internal ---

function externalServer(url: string): Server {
  if (!/^(postgres(ql)?:\/\/|socket:|\/)/.test(url)) {
    throw new StateliteError('USAGE', `STATELITE_DATABASE_URL is ${withoutPassword(url)}, wanted the address of a Postgres database`, { hint: 'postgresql://user:password@host/database' });
  }
  return {
    name: `the database ${withoutPassword(url)}`,
    config: { connectionString: url },
    hint: 'check STATELITE_DATABASE_URL, and that the server runs and lets this host in',
  };
}

const withoutPassword = (url: string): string =>
  url.replace(/^([a-z]+:\/\/[^:@/?]*):.*@/i, '$1@').replace(/([?&]password=)[^&]*/i, '$1…');
