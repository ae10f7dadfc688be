import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { exchangeAll, type Exchange } from './exchange.ts';

export type FileType = 'file' | 'directory' | 'symlink' | 'other';

/** What lstat says of one name; times in nanoseconds since the epoch. */
export interface FileFact {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly links: number;
  readonly inode: bigint;
  readonly device: bigint;
  readonly mtimeNs: bigint;
  /** When content, mode, owner or a name of it changed last. */
  readonly changedNs: bigint;
}

/**
 * The file system as the rest of the house may use it. All calls are synchronous (ADR 0003) and none follows a symlink in the last
 * component except `read*` and `list`. A failing call throws `StateliteError('FILE_SYSTEM')` naming call, path and errno.
 */
export interface Files {
  /** lstat; undefined when the name does not exist. */
  look(path: string): FileFact | undefined;
  exists(path: string): boolean;
  readText(path: string): string;
  /** Undefined when the file does not exist. */
  readTextIfThere(path: string): string | undefined;
  readBytes(path: string): Buffer;
  readLink(path: string): string;
  /** Names in a directory, sorted by code unit. */
  list(path: string): string[];
  makeDirectory(path: string, mode?: number): void;
  /** mkdir -p; returns the first directory that had to be made. */
  makeDirectories(path: string, mode?: number): string | undefined;
  /** An empty new file; fails when the name exists. */
  createFile(path: string, mode: number): void;
  /** Writes beside the target, syncs, renames over it: readers see the old or the new content, never a half. */
  writeAtomic(path: string, content: string | Buffer, mode?: number): void;
  /** A new file, not synced; fails when the name exists. */
  writeNew(path: string, content: string | Buffer, mode?: number): void;
  append(path: string, content: string): void;
  hardLink(existing: string, path: string): void;
  symlink(target: string, path: string): void;
  rename(from: string, to: string): void;
  /** Each symlink and directory change places, in one step where the system can; `spare` is a free name beside them. */
  exchange(pairs: readonly Exchange[], spare: string): void;
  removeFile(path: string): void;
  removeEmptyDirectory(path: string): void;
  /** rm -rf for our own temporary trees; never called on image content. */
  removeTree(path: string): void;
  setOwner(path: string, uid: number, gid: number): void;
  setMode(path: string, mode: number): void;
  /** Exact to the microsecond, which is all that Node passes on. */
  setTimes(path: string, mtimeNs: bigint): void;
  /** Does nothing for a while, so that others get on. */
  pause(milliseconds: number): void;
  makeTemporaryDirectory(prefix: string): string;
  copyFile(from: string, to: string): void;
  /** A directory as a tar archive in pax form: owners by number, extended attributes, no symlink followed, names in order. */
  archive(directory: string): Buffer;
  /** Syncs a directory, so that renames in it survive a power cut. */
  syncDirectory(path: string): void;
  /** Syncs files: one by one, or when there are many the file systems they lie on, which then is much faster. */
  syncFiles(paths: readonly string[]): void;
}

export function createFiles(): Files {
  return {
    look: (path) => wrap('lstat', path, () => factOf(fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })), NOT_THERE),
    exists: (path) => wrap('lstat', path, () => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined, NOT_THERE) ?? false,
    readText: (path) => wrap('read', path, () => fs.readFileSync(path, 'utf8')),
    readTextIfThere: (path) => wrap('read', path, () => fs.readFileSync(path, 'utf8'), NOT_THERE),
    readBytes: (path) => wrap('read', path, () => fs.readFileSync(path)),
    readLink: (path) => wrap('readlink', path, () => fs.readlinkSync(path)),
    list: (path) => wrap('readdir', path, () => fs.readdirSync(path).sort()),
    makeDirectory: (path, mode = 0o755) => wrap('mkdir', path, () => {
      fs.mkdirSync(path);
      fs.chmodSync(path, mode);
    }),
    makeDirectories: (path, mode = 0o755) => wrap('mkdir', path, () => makeDirectories(path, mode)),
    createFile: (path, mode) => wrap('create', path, () => {
      const descriptor = fs.openSync(path, 'wx', mode);
      fs.fchmodSync(descriptor, mode);
      fs.closeSync(descriptor);
    }),
    writeAtomic: (path, content, mode = 0o644) => wrap('write', path, () => writeAtomic(path, content, mode)),
    writeNew: (path, content, mode = 0o644) => wrap('write', path, () => {
      try {
        fs.writeFileSync(path, content, { flag: 'wx', mode });
        fs.chmodSync(path, mode);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') fs.rmSync(path, { force: true });
        throw error;
      }
    }),
    append: (path, content) => wrap('append', path, () => fs.appendFileSync(path, content)),
    hardLink: (existing, path) => wrap('link', path, () => fs.linkSync(existing, path)),
    symlink: (target, path) => wrap('symlink', path, () => fs.symlinkSync(target, path)),
    rename: (from, to) => wrap('rename', `${from} -> ${to}`, () => fs.renameSync(from, to)),
    exchange: (pairs, spare) => exchange(pairs, spare),
    removeFile: (path) => wrap('unlink', path, () => fs.unlinkSync(path)),
    removeEmptyDirectory: (path) => wrap('rmdir', path, () => fs.rmdirSync(path)),
    removeTree: (path) => wrap('rm', path, () => fs.rmSync(path, { recursive: true, force: true })),
    setOwner: (path, uid, gid) => wrap('chown', path, () => fs.lchownSync(path, uid, gid)),
    setMode: (path, mode) => wrap('chmod', path, () => fs.chmodSync(path, mode & 0o7777)),
    setTimes: (path, mtimeNs) => wrap('utimes', path, () => fs.lutimesSync(path, secondsOf(mtimeNs), secondsOf(mtimeNs))),
    pause: (milliseconds) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds); },
    makeTemporaryDirectory: (prefix) => wrap('mkdtemp', prefix, () => fs.mkdtempSync(prefix)),
    copyFile: (from, to) => wrap('copy', to, () => fs.copyFileSync(from, to)),
    archive: (directory) => wrap('archive', directory, () => execFileSync('tar', [...ARCHIVE, '--directory', directory, '.'], { maxBuffer: MOST_ARCHIVED, stdio: ['ignore', 'pipe', 'pipe'] })),
    syncDirectory: (path) => wrap('fsync', path, () => syncDirectory(path)),
    syncFiles: (paths) => {
      if (paths.length > MANY) syncFileSystems([...new Set(paths.map((path) => dirname(path)))]);
      else for (const path of paths) wrap('fsync', path, () => syncDirectory(path));
    },
  };
}

// --- internal ---

const ARCHIVE = ['--create', '--format=pax', '--pax-option=delete=atime,delete=ctime', '--numeric-owner', '--sort=name', '--xattrs', '--xattrs-include=*', '--file=-'];
const MOST_ARCHIVED = 1 << 30;
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR']);

function wrap<T>(call: string, path: string, action: () => T): T;
function wrap<T>(call: string, path: string, action: () => T, absent: ReadonlySet<string>): T | undefined;
function wrap<T>(call: string, path: string, action: () => T, absent?: ReadonlySet<string>): T | undefined {
  try {
    return action();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    if (absent?.has(code)) return undefined;
    throw new StateliteError('FILE_SYSTEM', `${call} ${path}: ${code}`, { cause, hint: HINTS[code] });
  }
}

function exchange(pairs: readonly Exchange[], spare: string): void {
  try {
    exchangeAll(pairs, spare);
  } catch (error) {
    wrap('exchange', (error as NodeJS.ErrnoException).path ?? spare, () => { throw error; });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'run the command as root, or give this user access',
  EPERM: 'run the command as root; an immutable file is shown by lsattr',
  ENOSPC: 'the disk is full: free some space and run the command again',
  EROFS: 'the file system is mounted read-only: mount it read-write and run the command again',
  EDQUOT: 'the quota is used up: free some space and run the command again',
  ESTALE: 'the file system behind this path has gone: check the mount',
};

/** Node says ENOENT for whatever keeps it from making the first one; the first one by itself says why. */
function makeDirectories(path: string, mode: number): string | undefined {
  try {
    return fs.mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    let first = path;
    while (fs.lstatSync(dirname(first), { throwIfNoEntry: false }) === undefined) first = dirname(first);
    fs.mkdirSync(first, mode);
    return fs.mkdirSync(path, { recursive: true, mode }) ?? first;
  }
}

/** Files that are synced one by one at most. */
const MANY = 100;

function syncFileSystems(directories: readonly string[]): void {
  const { status, error, stderr } = spawnSync('sync', ['-f', ...directories], { encoding: 'utf8' });
  if (status !== 0) throw new StateliteError('FILE_SYSTEM', `sync -f ${directories.join(' ')}: ${error?.message ?? stderr.trim()}`, { cause: error });
}

function factOf(stat: fs.BigIntStats | undefined): FileFact | undefined {
  if (stat === undefined) return undefined;
  const type = stat.isSymbolicLink() ? 'symlink' : stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'other';
  return {
    type, mode: Number(stat.mode) & 0o7777, uid: Number(stat.uid), gid: Number(stat.gid), size: Number(stat.size),
    links: Number(stat.nlink), inode: stat.ino, device: stat.dev, mtimeNs: stat.mtimeNs, changedNs: stat.ctimeNs,
  };
}

function writeAtomic(path: string, content: string | Buffer, mode: number): void {
  const temporary = join(dirname(path), `.${process.pid}.${Date.now()}.${Math.random().toString(36).slice(2)}.tmp`);
  const descriptor = fs.openSync(temporary, 'wx', mode);
  try {
    try {
      fs.writeFileSync(descriptor, content);
      fs.fchmodSync(descriptor, mode);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

// The middle of the microsecond: a double is off by up to 120 ns, and the rest is cut off.
const secondsOf = (ns: bigint): number => Number(ns - (ns % 1000n) + 500n) / 1e9;

/** Syncs a directory, or a file that need not be open for writing. */
function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
