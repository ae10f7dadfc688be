import { NEXT } from './layout.ts';
import type { Operation, OperationKind, Owner, Step } from './operations.ts';
import type { ImageTree } from './tree.ts';

/** Collects operations; each step is planned in the tree at once, so that what comes later sees it as done. */
export class Draft {
  readonly tree: ImageTree;
  readonly operations: Operation[] = [];
  #steps: Step[] = [];

  constructor(tree: ImageTree) {
    this.tree = tree;
  }

  /** Gathers the steps that `work` asks for into one operation; none when it asks for none. */
  operation(kind: OperationKind, path: string, text: string, work: () => void): void {
    work();
    if (this.#steps.length > 0) this.operations.push({ kind, path, text, steps: this.#steps });
    this.#steps = [];
  }

  mkdir(path: string, mode: number, owner?: Owner): void {
    this.#steps.push({ do: 'mkdir', path, mode, ...(owner === undefined ? {} : { owner }) });
    this.tree.put(path, this.tree.planned('directory', mode, owner));
  }

  create(path: string, mode: number): void {
    this.#steps.push({ do: 'create', path, mode });
    this.tree.put(path, this.tree.planned('file', mode));
  }

  symlink(path: string, target: string): void {
    this.#steps.push({ do: 'symlink', path, target });
    this.tree.put(path, this.tree.planned('symlink', 0o777, { target }));
  }

  /** A symlink in place of a file: readers find the one or the other, never nothing. */
  replaceBySymlink(path: string, target: string): void {
    this.#steps.push({ do: 'symlink', path: NEXT, target }, { do: 'rename', path, from: NEXT });
    this.tree.put(path, this.tree.planned('symlink', 0o777, { target }));
  }

  /** A directory and a symlink change places: readers find the one or the other, never nothing. */
  exchange(link: string, directory: string): void {
    this.#steps.push({ do: 'exchange', path: directory, link });
    const [symlink, node] = [this.tree.at(link), this.tree.at(directory)];
    this.tree.put(directory, symlink);
    this.tree.put(link, node);
  }

  /** A shipped file, in place of whatever file is there. */
  replaceByAsset(path: string, asset: string, mode: number): void {
    this.#steps.push({ do: 'write', path: NEXT, asset, mode }, { do: 'rename', path, from: NEXT });
    this.tree.put(path, this.tree.planned('file', mode));
  }

  /** A file in place of a symlink: its other name stays until it is taken away. */
  replaceByFile(path: string, from: string): void {
    this.#steps.push({ do: 'link', path: NEXT, existing: from }, { do: 'rename', path, from: NEXT });
    this.tree.put(path, this.tree.at(from));
  }

  link(existing: string, path: string): void {
    this.#steps.push({ do: 'link', path, existing });
    this.tree.put(path, this.tree.at(existing));
  }

  rename(from: string, path: string): void {
    this.#steps.push({ do: 'rename', path, from });
    const node = this.tree.at(from);
    this.tree.put(from, undefined);
    this.tree.put(path, node);
  }

  wait(path: string, milliseconds: number): void {
    this.#steps.push({ do: 'wait', path, milliseconds });
  }

  unlink(path: string): void {
    this.#steps.push({ do: 'unlink', path });
    this.tree.put(path, undefined);
  }

  rmdir(path: string): void {
    this.#steps.push({ do: 'rmdir', path });
    this.tree.put(path, undefined);
  }

  owner(path: string, owner: Owner): void {
    this.#steps.push({ do: 'owner', path, owner });
  }

  mode(path: string, mode: number): void {
    this.#steps.push({ do: 'mode', path, mode });
  }

  mtime(path: string, mtimeNs: string): void {
    this.#steps.push({ do: 'mtime', path, mtimeNs });
  }

  record(path: string, what: 'journal' | 'manifest'): void {
    this.#steps.push({ do: 'record', path, what });
    this.tree.put(path, this.tree.planned('file', 0o644));
  }

  /** A name beside `path` for an old version of it: `.statelite-old`, then with a number. */
  backupName(path: string): string {
    for (let count = 1; ; count += 1) {
      const name = `${path}.statelite-old${count === 1 ? '' : `.${count}`}`;
      if (this.tree.at(name) === undefined) return name;
    }
  }
}
