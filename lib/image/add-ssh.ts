import { loadCluster } from '../cluster/load.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import { readAccounts } from './account-files.ts';
import { accountField } from './accounts.ts';
import { listImageDirectory, readImageFile, rootTree, writeImageFile } from './image-file.ts';
import { withTreeLock } from './tree-lock.ts';

export interface AddSshRequest {
  readonly rootimg: string;
  /** Directory whose `*.pub` files are allowed in. */
  readonly from: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Lets the public keys of a directory log in as root on every node of an image; keys that are in already stay. No private key is read, and
 * those found in the image are told: each node makes its own host keys. Throws IMAGE_MISSING, or USAGE when there is no public key.
 */
export async function addSsh(context: Context, database: Database, { rootimg, from, dryRun, json }: AddSshRequest): Promise<Result> {
  const { files } = context.system;
  const root = rootTree(files, rootimg, process.cwd());
  const keys = publicKeys(files, from);
  return withTreeLock(context, database, await loadCluster(database), root, dryRun, () => {
    const home = accountField(readAccounts(files, root).texts.passwd, 'root', 5) ?? '/root';
    const file = readImageFile(files, root, `${home}/.ssh/authorized_keys`, 0o600);
    const lines = (file.text ?? '').split('\n').filter((line) => line !== '');
    const added = keys.filter(({ key }) => !lines.some((line) => line.includes(key)));
    const secrets = privateKeys(files, root, home);
    for (const path of secrets) context.notice(`Warning: ${path} is a private key, and every host that may mount the image can read it: rm ${root}${path}`);
    if (!dryRun && added.length > 0) writeImageFile(files, root, file, [...lines, ...added.map(({ line }) => line), ''].join('\n'), 0o700);
    const names = added.map(({ name }) => name);
    if (json) return Promise.resolve(done(toJson({ rootimg: root, applied: !dryRun, added: names, privateKeys: secrets })));
    if (names.length === 0) return Promise.resolve(done(`Nothing to do: root of ${root} has these keys.`));
    return Promise.resolve(done([`${dryRun ? 'Would change' : 'Changed'} ${root}:`, ...names.map((name) => `+ ${name} may log in as root`)].join('\n')));
  });
}

// --- internal ---

interface PublicKey {
  readonly name: string;
  /** Type and key, without the comment. */
  readonly key: string;
  readonly line: string;
}

function publicKeys(files: Files, directory: string): readonly PublicKey[] {
  const names = files.exists(directory) ? files.list(directory).filter((name) => name.endsWith('.pub')) : [];
  const keys = names.flatMap((name) => {
    const line = files.readText(`${directory}/${name}`).trim();
    const key = /^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/=]+(?= |$)/.exec(line)?.[0];
    return key === undefined || key.includes('-cert-') || line.includes('\n') ? [] : [{ name: `${directory}/${name}`, key, line }];
  });
  if (keys.length > 0) return keys;
  throw new StateliteError('USAGE', `no public key in ${directory}: no file *.pub with one`, { hint: `ssh-keygen -t ed25519 -f ${directory}/id_ed25519` });
}

const privateKeys = (files: Files, root: string, home: string): readonly string[] => ['/etc/ssh', `${home}/.ssh`].flatMap((directory) =>
  listImageDirectory(files, root, directory).filter((name) => /^(?:ssh_host_.*_key|id_[a-z0-9_]+)$/.test(name)).map((name) => `${directory}/${name}`));
