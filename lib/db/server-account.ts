import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';

/** The user the private server runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whose server it is: the caller's own, or for root (whom Postgres refuses) the owner of the data, else the first fitting account. */
export function serverAccount(system: System, data: string): Account {
  if (system.uid !== 0) {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  }
  const accounts = accountsOf(system.files);
  const owner = system.files.look(data)?.uid;
  const account = owner === undefined
    ? CANDIDATES.map((name) => accounts.find((each) => each.name === name)).find((each) => each !== undefined)
    : accounts.find((each) => each.uid === owner);
  if (account === undefined) {
    throw new StateliteError('DATABASE_DOWN', owner === undefined
      ? `Postgres does not run as root, and none of the users ${CANDIDATES.join(', ')} exists`
      : `${data} belongs to uid ${owner}, and no user has that uid`, { hint: 'useradd --system statelite makes one' });
  }
  return account;
}

/** The first directory above a path (or it itself) that the account may not enter. */
export function barrierTo(files: Files, path: string, account: Account): string | undefined {
  const above = dirname(path);
  const further = above === path ? undefined : barrierTo(files, above, account);
  if (further !== undefined) return further;
  const fact = files.look(path);
  if (fact?.type !== 'directory') return undefined;
  const bit = fact.uid === account.uid ? 0o100 : fact.gid === account.gid ? 0o010 : 0o001;
  return (fact.mode & bit) === 0 ? path : undefined;
}

// --- internal ---

const CANDIDATES = ['statelite', 'postgres', 'nobody'];

function accountsOf(files: Files): Account[] {
  return files.readText('/etc/passwd').split('\n').map((line) => line.split(':'))
    .flatMap(([name, , uid, gid]) => (name === undefined || uid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid) }]));
}
