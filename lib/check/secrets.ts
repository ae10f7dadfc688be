import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** Private keys and passwords in the image: every host that may mount it can read them, as root or not. */
export function checkSecrets(view: ImageView): readonly Finding[] {
  return [...keyDirectories(view).flatMap((directory) => view.names(directory).map((name) => `${directory}/${name}`)), ...FILES].flatMap((path) => {
    const what = secretIn(view, path);
    const fact = view.look(path);
    if (what === undefined || fact === undefined) return [];
    const who = (fact.mode & 0o004) === 0 ? 'every host that may mount the image' : 'every user of every node';
    return [{ code: 'SL013', reason: `${path} in the image is ${what}, and ${who} can read it (mode ${fact.mode.toString(8)})`, fix: FIXES.get(what) ?? 'take it out of the image; give each node its own by a litetree directory or a persistent row' }];
  });
}

// --- internal ---

const PRIVATE_KEY = 'a private key';
const SHARED_KEY = 'a shared key';

/** Files that are secret whatever is in them. */
const FILES: readonly string[] = ['/etc/munge/munge.key', '/etc/krb5.keytab', '/etc/corosync/authkey', '/etc/ceph/ceph.client.admin.keyring', '/etc/shadow'];

const FIXES: ReadonlyMap<string, string> = new Map([
  [SHARED_KEY, 'take it out of the image and put it into a litetree directory that only the nodes can mount'],
]);

// Where private keys use to lie, with the directories of users.
const keyDirectories = (view: ImageView): readonly string[] => [
  '/etc/ssh', '/etc/ssl/private', '/etc/pki/tls/private', '/etc/ipsec.d/private', '/etc/wireguard', '/root/.ssh', ...view.names('/home').map((user) => `/home/${user}/.ssh`),
];

function secretIn(view: ImageView, path: string): string | undefined {
  const text = view.read(path);
  if (text === undefined || text === '') return undefined;
  if (path === '/etc/shadow') {
    const { mode = 0 } = view.look(path) ?? {};
    return (mode & 0o004) !== 0 ? 'the passwords of the image' : undefined;
  }
  if (FILES.includes(path)) return SHARED_KEY;
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----|^PrivateKey *=/m.test(text) ? PRIVATE_KEY : undefined;
}
