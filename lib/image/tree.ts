import type { FileFact, Files } from '../system/files.ts';
import { below } from './layout.ts';

/** One name in an image. */
export interface TreeNode {
  readonly fact: FileFact;
  /** Text of a symlink. */
  readonly target?: string;
  /** Where it is on the disk; unset for what is planned only. */
  readonly source?: string;
  readonly children: Map<string, TreeNode | undefined>;
  /** True when `children` has every name of the directory. */
  listed: boolean;
  /** True when names in the directory are planned to change. */
  changed: boolean;
}

/**
 * An image's root tree as it is, read name by name when asked for, with planned changes on top: after planning it is what applying will
 * leave. Paths are absolute inside the image and never followed: below a symlink there is nothing. Only lstat, readlink and readdir.
 */
export class ImageTree {
  readonly rootimg: string;
  readonly root: TreeNode;
  readonly #files: Files;
  /** Directories by their paths, until one of them is planned to move: most names asked for are in the directory of the one before. */
  readonly #known = new Map<string, TreeNode>();

  constructor(files: Files, rootimg: string) {
    this.#files = files;
    this.rootimg = rootimg;
    this.root = this.#load(rootimg) ?? this.planned('directory', 0o755);
  }

  /** What a path is, or undefined when there is nothing. */
  at(path: string): TreeNode | undefined {
    const known = path === '/' || path === '' ? this.root : this.#known.get(path);
    if (known !== undefined) return known;
    const end = path.lastIndexOf('/');
    const parent = this.at(path.slice(0, end));
    const node = parent === undefined ? undefined : this.#child(parent, path.slice(end + 1));
    if (node?.fact.type === 'directory') this.#known.set(path, node);
    return node;
  }

  /** Names in a directory, sorted by code unit; none when it is no directory. */
  names(path: string): string[] {
    const node = this.at(path);
    if (node?.fact.type !== 'directory') return [];
    if (!node.listed && node.source !== undefined) {
      for (const name of this.#files.list(node.source)) if (!node.children.has(name)) node.children.set(name, this.#load(`${node.source}/${name}`));
    }
    node.listed = true;
    return [...node.children].filter(([, child]) => child !== undefined).map(([name]) => name).sort();
  }

  /** A node that applying will make. */
  planned(type: FileFact['type'], mode: number, more: { readonly target?: string; readonly uid?: number; readonly gid?: number } = {}): TreeNode {
    const fact: FileFact = { type, mode, uid: more.uid ?? 0, gid: more.gid ?? 0, size: 0, links: 1, inode: 0n, device: this.root.fact.device, mtimeNs: 0n };
    return { fact, children: childrenOf(type), listed: true, changed: false, ...(more.target === undefined ? {} : { target: more.target }) };
  }

  /** Plans a name, in place of whatever was there; undefined plans that nothing is there. */
  put(path: string, node: TreeNode | undefined): void {
    const end = path.lastIndexOf('/');
    const name = path.slice(end + 1);
    const parent = this.at(path.slice(0, end));
    if (parent?.fact.type !== 'directory') throw new Error(`${path.slice(0, end)} is no directory`);
    if (parent.children.get(name)?.fact.type === 'directory') this.#known.clear();
    parent.children.set(name, node);
    parent.changed = true;
  }

  /** Every directory looked at so far that is still there, with its path, outermost first. */
  *directories(path = '/', node = this.root): Generator<readonly [path: string, node: TreeNode]> {
    yield [path, node];
    for (const [name, child] of node.children) if (child?.fact.type === 'directory') yield* this.directories(below(path, name), child);
  }

  /** Content of a regular file as it is on the disk, or undefined. */
  content(node: TreeNode): Buffer | undefined {
    return node.fact.type === 'file' && node.source !== undefined ? this.#files.readBytes(node.source) : undefined;
  }

  #child(parent: TreeNode, name: string): TreeNode | undefined {
    const known = parent.children.get(name);
    if (known !== undefined || parent.listed || parent.children.has(name) || parent.fact.type !== 'directory' || parent.source === undefined) return known;
    const node = this.#load(`${parent.source}/${name}`);
    parent.children.set(name, node);
    return node;
  }

  #load(source: string): TreeNode | undefined {
    const fact = this.#files.look(source);
    if (fact === undefined) return undefined;
    return { fact, source, children: childrenOf(fact.type), listed: false, changed: false, ...(fact.type === 'symlink' ? { target: this.#files.readLink(source) } : {}) };
  }
}

/** True when two names are one file. */
export const isSameFile = (one: TreeNode, two: TreeNode): boolean =>
  one === two || (one.fact.inode !== 0n && one.fact.inode === two.fact.inode && one.fact.device === two.fact.device);

// --- internal ---

const NO_CHILDREN = new Map<string, never>();

// Most nodes are no directories, and a map for each takes time and room.
const childrenOf = (type: FileFact['type']): Map<string, TreeNode | undefined> => (type === 'directory' ? new Map<string, TreeNode | undefined>() : NO_CHILDREN);
