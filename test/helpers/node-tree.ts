import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

/** A file by its text, a symlink by `-> target`, or a file or directory with mode and owner; `mtime` in seconds since 1970, `note` is the attribute user.note. */
export type TreeEntry = string | { readonly content?: string; readonly mode?: number; readonly uid?: number; readonly gid?: number; readonly mtime?: number; readonly note?: string };

/** Path without its first slash to what is there; a path with a slash at its end is a directory. JSON, so that it can be handed to a driver. */
export type NodeTree = Readonly<Record<string, TreeEntry>>;

/** Makes a tree, over what is there; directories above a name are made. */
export function plant(root: string, tree: NodeTree): void {
  fs.mkdirSync(root, { recursive: true });
  for (const [name, entry] of Object.entries(tree)) {
    const path = join(root, name);
    const { content = '', mode = name.endsWith('/') ? 0o755 : 0o644, uid = 0, gid = 0 } = typeof entry === 'string' ? { content: entry } : entry;
    fs.mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (typeof entry === 'string' && entry.startsWith('-> ')) {
      fs.symlinkSync(entry.slice(3), path);
      continue;
    }
    if (!name.endsWith('/')) fs.writeFileSync(path, content);
    fs.chownSync(path, uid, gid);
    fs.chmodSync(path, mode);
    if (typeof entry === 'string') continue;
    if (entry.note !== undefined) execFileSync('setfattr', ['-n', 'user.note', '-v', entry.note, '--', path]);
    if (entry.mtime !== undefined) fs.utimesSync(path, entry.mtime, entry.mtime);
  }
}
