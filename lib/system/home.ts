/** Directory of everything that belongs to this installation rather than to an image: private database, certificate authority. */
export function stateliteHome(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['STATELITE_HOME'] ?? '';
  return home === '' ? '/var/lib/statelite' : home;
}
