import { StateliteError } from '../errors.ts';

/** Directory of everything that belongs to this installation rather than to an image: private database, certificate authority. Throws USAGE for a relative path. */
export function stateliteHome(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['STATELITE_HOME'] ?? '';
  if (home === '') return '/var/lib/statelite';
  if (home.startsWith('/')) return home;
  throw new StateliteError('USAGE', `STATELITE_HOME is ${home}: it would be another one in each directory`, { hint: 'export STATELITE_HOME=<absolute path>' });
}
