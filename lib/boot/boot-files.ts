import { basename, dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';
import { LOADERS, type Loader } from './loaders.ts';

/** One change below tftpdir; paths are absolute. Content that is a function is made when it is written. */
export type BootFileOperation =
  | { readonly kind: 'write'; readonly path: string; readonly content: string | Buffer | (() => string | Buffer) }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'remove'; readonly path: string };

/** The boot-loader file a node shall have. */
export interface BootFile {
  readonly loader: Loader;
  readonly content: string;
  /** Names beside the node's file that lead to it. */
  readonly links: readonly string[];
}

/** What the boot-loader directories hold now, looked at once for any number of nodes. */
export interface BootFilesPresent {
  readonly tftpdir: string;
  /** Path to target, for every symlink in the loaders' directories. */
  readonly links: ReadonlyMap<string, string>;
  /** Content of a node's file; undefined when there is none. */
  readonly text: (path: string) => string | undefined;
}

/** Looks at the boot-loader directories below tftpdir; a missing directory is an empty one. */
export function lookAtBootFiles(files: Files, tftpdir: string): BootFilesPresent {
  const links = new Map<string, string>();
  const regular = new Set<string>();
  for (const { directory, linkNames } of distinctLoaders) {
    const absolute = join(tftpdir, directory);
    for (const name of files.exists(absolute) ? files.list(absolute) : []) {
      const path = join(absolute, name);
      if (linkNames.test(name) && files.look(path)?.type === 'symlink') links.set(path, files.readLink(path));
      else regular.add(path);
    }
  }
  return { tftpdir, links, text: (path) => (regular.has(path) ? files.readTextIfThere(path) : undefined) };
}

/** The changes that give each node exactly the wanted file and links, or none at all for undefined; empty when all is as wanted. */
export function bootFileOperations(present: BootFilesPresent, wanted: ReadonlyMap<string, BootFile | undefined>): readonly BootFileOperation[] {
  const place = (directory: string, name: string): string => join(present.tftpdir, directory, name);
  const files: BootFileOperation[] = [];
  const links = new Map<string, string>();
  for (const [node, file] of wanted) {
    for (const { directory } of distinctLoaders) {
      const path = place(directory, node);
      const text = present.text(path);
      const content = file?.loader.directory === directory ? file.content : undefined;
      if (content === undefined) {
        if (text !== undefined) files.push({ kind: 'remove', path });
      } else if (text !== content) files.push({ kind: 'write', path, content });
    }
    for (const name of file?.links ?? []) links.set(place(file?.loader.directory ?? '', name), node);
  }
  const stale = [...present.links].filter(([path, target]) => wanted.has(target) && !links.has(path));
  return [
    ...files,
    ...[...links].filter(([path, node]) => present.links.get(path) !== node).map(([path, target]) => ({ kind: 'link' as const, path, target })),
    ...stale.map(([path]) => ({ kind: 'remove' as const, path })),
  ];
}

/** Changes that lie beside their places, synced, and only need to be renamed. */
export interface StagedBootFiles {
  /** Carries the changes out in their order, each atomically: a booting node reads the old file or the new one. */
  readonly commit: () => void;
  /** Takes what was staged away again. */
  readonly discard: () => void;
}

/** Writes all that is new beside its place. A failure, of a full disk say, leaves no trace but empty directories, and what was there stays as it was. */
export function stageBootFiles(files: Files, operations: readonly BootFileOperation[]): StagedBootFiles {
  const staged: string[] = [];
  const discard = (): void => { for (const path of staged) if (files.exists(path)) files.removeFile(path); };
  try {
    for (const directory of new Set(operations.map(({ path }) => dirname(path)))) files.makeDirectories(directory);
    for (const operation of operations) {
      if (operation.kind === 'remove') continue;
      const path = beside(operation.path);
      if (files.exists(path)) files.removeFile(path);
      if (operation.kind === 'write') files.writeNew(path, typeof operation.content === 'function' ? operation.content() : operation.content);
      else files.symlink(operation.target, path);
      staged.push(path);
    }
    files.syncFiles(operations.flatMap(({ kind, path }) => (kind === 'write' ? [beside(path)] : [])));
  } catch (error) {
    discard();
    throw error;
  }
  return {
    discard,
    commit: () => {
      for (const { kind, path } of operations) {
        if (kind === 'remove') files.removeFile(path);
        else files.rename(beside(path), path);
      }
    },
  };
}

/** Stages the changes and carries them out. */
export const applyBootFileOperations = (files: Files, operations: readonly BootFileOperation[]): void => stageBootFiles(files, operations).commit();

/** What a node is set to: the first comment line of its boot-loader file, without the `#`; undefined when it has none. */
export function bootState(present: BootFilesPresent, node: string): string | undefined {
  for (const { directory } of distinctLoaders) {
    const line = present.text(join(present.tftpdir, directory, node))?.split('\n').find((text) => /^#(?!!)/.test(text));
    if (line !== undefined) return line.slice(1);
  }
  return undefined;
}

// --- internal ---

/** A name that no loader asks for and no node has; what a killed nodeset left there is replaced. */
const beside = (path: string): string => join(dirname(path), `.${basename(path)}.new`);

/** One loader for each directory. */
const distinctLoaders = [...new Map(Object.values(LOADERS).map((loader) => [loader.directory, loader])).values()];
