import { serverOf } from '../db/server.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';

/**
 * The tables' database as a URL that works inside the lab: by unix socket. A service with it never starts the private server itself, so that the
 * server lives outside of the lab. Throws LAB for a database that only the network leads to.
 */
export function databaseUrl(system: System): string {
  const { config, name } = serverOf(system);
  const external = config.connectionString;
  if (external !== undefined) {
    if (/^socket:|^postgres(ql)?:\/\/([^@/]*@)?(%2f|\/[^?]*\?(.*&)?host=(\/|%2f))/i.test(external)) return external;
    throw new StateliteError('LAB', `the lab cannot reach ${name}: nothing leaves it or enters it by network`, {
      hint: 'name a unix socket: STATELITE_DATABASE_URL=postgresql://user@/database?host=/run/postgresql, or unset it to use the private database',
    });
  }
  return `postgresql://${config.user ?? 'postgres'}@/${config.database ?? 'postgres'}?host=${encodeURIComponent(config.host ?? '')}&port=${config.port ?? 5432}`;
}
