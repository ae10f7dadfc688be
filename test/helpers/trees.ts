import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from '@jest/globals';

/** Path to content: a name with a slash at its end is a directory, `-> target` a symlink, else a file's text. */
export type TreeSpec = Readonly<Record<string, string>>;

/** Makes a tree; directories above a name are made. Times are set to fixed moments in the past, a different one for each name. */
export function makeTree(root: string, spec: TreeSpec): void {
  fs.mkdirSync(root, { recursive: true });
  for (const [name, content] of Object.entries(spec)) {
    const path = join(root, name);
    fs.mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (content.startsWith('-> ')) fs.symlinkSync(content.slice(3), path);
    else if (!name.endsWith('/')) fs.writeFileSync(path, content);
  }
  let moment = 1_600_000_000;
  for (const path of walk(root)) fs.lutimesSync(path, moment, moment++);
}

export interface SnapshotOptions {
  /** Leaves out paths, relative with a slash in front, and what is below them. */
  readonly without?: (path: string) => boolean;
  /** Paths whose mtime does not count. */
  readonly anyTime?: (path: string) => boolean;
}

/** Everything one can tell of a tree: relative path to type, mode, owner, mtime in microseconds, and content or target. */
export function snapshotTree(root: string, { without = () => false, anyTime = () => false }: SnapshotOptions = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (const path of walk(root)) {
    const name = path.slice(root.length) || '/';
    if (without(name)) continue;
    const stat = fs.lstatSync(path, { bigint: true });
    const what = stat.isSymbolicLink() ? `-> ${fs.readlinkSync(path)}` : stat.isDirectory() ? 'directory' : stat.isFile() ? `file ${fs.readFileSync(path, 'latin1')}` : `other ${String(stat.rdev)}`;
    const time = stat.isSymbolicLink() || anyTime(name) ? '' : ` ${String(stat.mtimeNs / 1000n)}`;
    found[name] = `${(Number(stat.mode) & 0o7777).toString(8)} ${String(stat.uid)}:${String(stat.gid)}${time} ${what}`;
  }
  return found;
}

/** A directory for one test, removed after it; in RAM where there is some, as syncing to a disk takes most of a test's time. */
export function temporaryDirectory(parent = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()): string {
  const directory = fs.mkdtempSync(join(parent, 'statelite-test-'));
  toRemove.push(directory);
  return directory;
}

// --- internal ---

const toRemove: string[] = [];

afterEach(() => {
  for (const directory of toRemove.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

function walk(root: string): string[] {
  if (!fs.lstatSync(root).isDirectory()) return [root];
  return [...fs.readdirSync(root).sort().flatMap((name) => walk(join(root, name))), root];
}
