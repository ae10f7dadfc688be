import type { FileFact, Files } from '../system/files.ts';
import { below } from './layout.ts';

/** One name in an image. */
export interface TreeNode {
  readonly fact: FileFact;
  /** Text of a symlink. */
  readonly target: string | undefined;
  /** Where it is on the disk; unset for what is planned only. */
  readonly source: string | undefined;
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
  #symlink: FileFact | undefined;
  /** Directories by their paths, null for none, until one of them is planned to move: most names asked for are in the directory of the one before. */
  readonly #known = new Map<string, TreeNode | null>();

  constructor(files: Files, rootimg: string) {
    this.#files = files;
    this.rootimg = rootimg;
    this.root = this.#load(rootimg) ?? this.planned('directory', 0o755);
    this.#known.set('', this.root).set('/', this.root);
  }

  /** What a path is, or undefined when there is nothing. */
  at(path: string): TreeNode | undefined {
    const end = path.lastIndexOf('/');
    const parent = this.directory(path.slice(0, end));
    if (parent === undefined) return undefined;
    return path.length <= 1 ? parent : this.#child(parent, path.slice(end + 1));
  }

  /** The directory at a path, or undefined when there is none. */
  directory(path: string): TreeNode | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known ?? undefined;
    const node = this.at(path);
    const directory = node?.fact.type === 'directory' ? node : null;
    this.#known.set(path, directory);
    return directory ?? undefined;
  }

  /** Names in a directory, sorted by code unit; none when it is no directory. One that is not UTF-8 counts, but nothing can be said of it. */
  names(path: string): string[] {
    const node = this.directory(path);
    if (node === undefined) return [];
    if (!node.listed && node.source !== undefined) {
      for (const name of this.#files.list(node.source)) if (!node.children.has(name)) node.children.set(name, this.#load(`${node.source}/${name}`) ?? this.planned('other', 0));
    }
    node.listed = true;
    const names: string[] = [];
    for (const [name, child] of node.children) if (child !== undefined) names.push(name);
    return names.sort();
  }

  /** The same with what each name is. */
  entries(path: string): readonly (readonly [name: string, node: TreeNode])[] {
    const { children } = this.directory(path) ?? this.root;
    return this.names(path).flatMap((name) => {
      const node = children.get(name);
      return node === undefined ? [] : [[name, node] as const];
    });
  }

  /** A node that applying will make. */
  planned(type: FileFact['type'], mode: number, more: { readonly target?: string; readonly uid?: number; readonly gid?: number } = {}): TreeNode {
    const make = (): FileFact => ({ type, mode, uid: more.uid ?? 0, gid: more.gid ?? 0, size: 0, links: 1, inode: 0n, device: this.root.fact.device, mtimeNs: 0n, changedNs: 0n });
    const fact = type === 'symlink' ? (this.#symlink ??= make()) : make();
    return { fact, source: undefined, children: childrenOf(type), listed: true, changed: false, target: more.target };
  }

  /** Plans a name, in place of whatever was there; undefined plans that nothing is there. */
  put(path: string, node: TreeNode | undefined): void {
    const end = path.lastIndexOf('/');
    const name = path.slice(end + 1);
    const parent = this.directory(path.slice(0, end));
    if (parent === undefined) throw new Error(`${path.slice(0, end)} is no directory`);
    const isMove = parent.children.get(name)?.fact.type === 'directory' || (node?.fact.type === 'directory' && node.source !== undefined);
    if (isMove) this.#forget();
    else if (node?.fact.type === 'directory') this.#known.set(path, node);
    parent.children.set(name, node);
    parent.changed = true;
  }

  /** Every directory looked at so far that is still there, with its path, outermost first. */
  directories(visit: (path: string, node: TreeNode) => void, path = '/', node = this.root): void {
    visit(path, node);
    node.children.forEach((child, name) => { if (child?.children !== NO_CHILDREN && child !== undefined) this.directories(visit, below(path, name), child); });
  }

  /** Content of a regular file as it is on the disk, or undefined. */
  content(node: TreeNode): Buffer | undefined {
    return node.fact.type === 'file' && node.source !== undefined ? this.#files.readBytes(node.source) : undefined;
  }

  #forget(): void {
    this.#known.clear();
    this.#known.set('', this.root).set('/', this.root);
  }

  #child(parent: TreeNode, name: string): TreeNode | undefined {
    const known = parent.children.get(name);
    if (known !== undefined || parent.listed || parent.source === undefined || parent.children.has(name)) return known;
    const node = this.#load(`${parent.source}/${name}`);
    parent.children.set(name, node);
    return node;
  }

  #load(source: string): TreeNode | undefined {
    const fact = this.#files.look(source);
    if (fact === undefined) return undefined;
    return { fact, source, children: childrenOf(fact.type), listed: false, changed: false, target: fact.type === 'symlink' ? this.#files.readLink(source) : undefined };
  }
}

/** True when two names are one file. */
export const isSameFile = (one: TreeNode, two: TreeNode): boolean =>
  one === two || (one.fact.inode !== 0n && one.fact.inode === two.fact.inode && one.fact.device === two.fact.device);

// --- internal ---

const NO_CHILDREN = new Map<string, never>();

// Most nodes are no directories, and a map for each takes time and room.
const childrenOf = (type: FileFact['type']): Map<string, TreeNode | undefined> => (type === 'directory' ? new Map<string, TreeNode | undefined>() : NO_CHILDREN);
