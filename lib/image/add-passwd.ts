import { join } from 'node:path';
import { loadCluster } from '../cluster/load.ts';
import { toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { readAccounts, writeAccounts } from './account-files.ts';
import { mergeAccounts, withRootPassword } from './accounts.ts';
import { rootTree } from './image-file.ts';
import { rootPasswordHash } from './root-password.ts';
import { withTreeLock } from './tree-lock.ts';

export interface AddPasswdRequest {
  readonly rootimg: string;
  /** Directory with the passwd and group files to take accounts from. */
  readonly from: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Puts the accounts of this machine and the root password of the passwd table into a root tree; no password of this machine is read.
 * What stands differently in the image stays so and is told; exit 1 when that concerns people's accounts. Throws USAGE when a file is missing.
 */
export async function addPasswd(context: Context, database: Database, { rootimg, from, dryRun, json }: AddPasswdRequest): Promise<Result> {
  const { system, notice } = context;
  const { files } = system;
  const root = rootTree(files, rootimg, process.cwd());
  const cluster = await loadCluster(database);
  const read = (name: string): string => {
    const text = files.readTextIfThere(join(from, name));
    if (text !== undefined) return text;
    throw new StateliteError('USAGE', `there is no ${join(from, name)}`, { hint: '--from names a directory with a passwd and a group file' });
  };
  return withTreeLock(context, database, cluster, root, dryRun, async () => {
    const accounts = readAccounts(files, root);
    const { texts, added, conflicts } = mergeAccounts(accounts.texts, { passwd: read('passwd'), group: read('group') });
    const hash = await rootPasswordHash(system, cluster, accounts.texts);
    const wanted = hash === undefined ? texts : withRootPassword(texts, hash);
    const isNewPassword = hash !== undefined && wanted.shadow !== texts.shadow;
    for (const { text, serious } of conflicts) notice(`${serious ? 'Error' : 'Notice'}: ${text}: not changed`);
    if (hash === undefined) notice('Notice: no password for root: the passwd table has no row key=system username=root; chtab key=system username=root passwd.password=<password> makes it');
    if (!dryRun) writeAccounts(files, accounts, wanted);
    const lines = [...added.map((line) => `+ ${line}`), ...(isNewPassword ? ['~ password of root'] : [])];
    const exitCode = conflicts.some(({ serious }) => serious) ? 1 : 0;
    if (json) return { exitCode, output: toJson({ rootimg: root, applied: !dryRun, added, rootPassword: hash === undefined ? 'none' : isNewPassword ? 'new' : 'same', conflicts }) };
    const head = lines.length === 0 ? `Nothing to do: ${root} has these accounts.` : `${dryRun ? 'Would change' : 'Changed'} ${root}:`;
    return { exitCode, output: [head, ...lines].join('\n') };
  });
}
