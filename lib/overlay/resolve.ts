import { ancestorsOf, below } from '../image/layout.ts';
import { physicalOf } from '../image/locate.ts';
import { isWithin } from '../policy/path.ts';
import type { MadeFile } from './merge.ts';
import type { ImageGround } from './place.ts';

/**
 * The files of overlays, in their order, at the paths they have in the image: its symlinks are followed, but for what an earlier overlay deletes or
 * puts a symlink in place of. So files that meet in the image meet when overlays are laid over each other, however each spells its path. The same
 * file at the same path is the same object every time.
 */
export function resolveFiles(ground: ImageGround, files: readonly MadeFile[]): readonly MadeFile[] {
  const replaced = new Set<string>();
  const names = new Set<string>();
  return files.map((file) => {
    if (isWithin(file.path, '/statelite')) return file;
    const isAffected = names.size > 0 && file.path.split('/').some((name) => names.has(name));
    const resolved = movedTo(file, isAffected ? follow(ground, file, replaced) : followPlain(ground, file));
    if (isUnfollowed(file) && !isDirectory(ground, resolved.path)) {
      replaced.add(resolved.path);
      names.add(nameOf(resolved.path));
    }
    return resolved;
  });
}

// --- internal ---

interface Resolved {
  readonly real: string;
  readonly problem?: string;
}

const PLAIN = new WeakMap<ImageGround, Map<string, Resolved>>();
const MOVED = new WeakMap<MadeFile, Map<string, MadeFile>>();

/** A symlink that is put, or what is deleted, is not followed itself. */
const isUnfollowed = ({ action, entry }: MadeFile): boolean => action === 'delete' || entry.type === 'symlink';

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const aboveOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

function isDirectory({ tree, locate }: ImageGround, path: string): boolean {
  const physical = physicalOf(tree, path, below(locate(aboveOf(path)).physical, nameOf(path)));
  return tree.at(physical)?.fact.type === 'directory';
}

function movedTo(file: MadeFile, { real, problem }: Resolved): MadeFile {
  if (real === file.path && problem === undefined) return file;
  const known = MOVED.get(file) ?? new Map<string, MadeFile>();
  MOVED.set(file, known);
  const key = problem === undefined ? real : `${file.path}\0${problem}`;
  const moved = known.get(key) ?? (problem === undefined ? { ...file, path: real, named: file.path } : { ...file, unreachable: problem });
  known.set(key, moved);
  return moved;
}

function followPlain(ground: ImageGround, file: MadeFile): Resolved {
  const known = PLAIN.get(ground) ?? new Map<string, Resolved>();
  PLAIN.set(ground, known);
  const key = `${isUnfollowed(file) ? 'end' : 'through'} ${file.path}`;
  const resolved = known.get(key) ?? follow(ground, file, NOTHING);
  known.set(key, resolved);
  return resolved;
}

const NOTHING: ReadonlySet<string> = new Set();

function follow({ created, locate }: ImageGround, file: MadeFile, replaced: ReadonlySet<string>): Resolved {
  const isEnd = isUnfollowed(file);
  const path = isEnd ? aboveOf(file.path) : file.path;
  const { real, problem: found } = replaced.size === 0 ? locate(path) : step();
  const here = replaced.has(real) ? undefined : locate(real).node?.fact.type;
  const problem = found ?? (isEnd && here === 'file' && !created.has(real) ? `${real} is no directory` : undefined);
  return { real: isEnd ? below(real, nameOf(file.path)) : real, ...(problem === undefined ? {} : { problem }) };

  function step(): Resolved {
    let at = '/';
    let isNew = false;
    for (const one of [...ancestorsOf(path), path].filter((each) => each !== '/')) {
      at = below(at, nameOf(one));
      isNew ||= replaced.has(at);
      const next: Resolved = isNew ? { real: at } : locate(at);
      if (next.problem !== undefined) return next;
      at = next.real;
    }
    return { real: at };
  }
}
