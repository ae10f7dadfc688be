import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { readAccounts, writeAccounts } from './account-files.ts';
import { accountField, withRootPassword, type AccountTexts } from './accounts.ts';
import { readImageFile } from './image-file.ts';

/**
 * The hash of root's password as the passwd table wants it (row key=system, username=root), or undefined when it says nothing. The hash the
 * image has now is given back when it is of that password. Clear text reaches openssl on stdin only. Throws ROW_INVALID.
 */
export async function rootPasswordHash(system: System, cluster: Pick<Cluster, 'rows'>, texts: Pick<AccountTexts, 'shadow'>): Promise<string | undefined> {
  const row = cluster.rows('passwd').find(({ key, username }) => key === 'system' && username === 'root');
  const password = row?.['password'] ?? '';
  if (password === '') return undefined;
  if (/[\n\r\0]/.test(password) || (isHash(password) && password.includes(':'))) {
    throw new StateliteError('ROW_INVALID', 'passwd row key=system username=root: the password has a character that cannot be in it', { hint: 'chtab key=system,username=root passwd.password=<password>' });
  }
  if (isHash(password)) return password;
  const now = accountField(texts.shadow, 'root', 1) ?? '';
  const [, id = '', salt = ''] = /^\$([156])\$([^$]+)\$/.exec(now) ?? [];
  if (id !== '' && (await openssl(system, id, password, salt)) === now) return now;
  return openssl(system, METHODS[row?.['cryptmethod'] ?? ''] ?? '6', password);
}

/** Gives root of an image the password of the passwd table, by the hash that the tree `before` has for it where it has one; true when the table has one. */
export async function setRootPassword(system: System, cluster: Pick<Cluster, 'rows'>, root: string, before: string): Promise<boolean> {
  const accounts = readAccounts(system.files, root);
  const hash = await rootPasswordHash(system, cluster, { shadow: readImageFile(system.files, before, '/etc/shadow').text ?? '' });
  if (hash !== undefined) writeAccounts(system.files, accounts, withRootPassword(accounts.texts, hash));
  return hash !== undefined;
}

// --- internal ---

const METHODS: Readonly<Record<string, string>> = { md5: '1', sha256: '5', sha512: '6' };

// crypt(3): `$id$…`; yescrypt is $y$, bcrypt $2b$.
const isHash = (password: string): boolean => /^\$(?:[1567y]|2[abxy]|gy|sm3)\$.+/.test(password);

async function openssl(system: System, method: string, password: string, salt?: string): Promise<string> {
  const { stdout } = await system.run('openssl', ['passwd', `-${method}`, ...(salt === undefined ? [] : ['-salt', salt]), '-stdin'], { input: `${password}\n` });
  return stdout.trim();
}
