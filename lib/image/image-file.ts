import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import { ancestorsOf } from './layout.ts';
import { locate } from './locate.ts';
import { createdPaths, readPast } from './manifest.ts';
import { ImageTree } from './tree.ts';

/** A file of an image as it is or shall be; symlinks are resolved inside the image, and those of liteimg are seen through. */
export interface ImageFile {
  /** As asked for, absolute inside the image. */
  readonly path: string;
  /** Where it lies on this machine. */
  readonly place: string;
  /** Unset when the file does not exist. */
  readonly text?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The root tree a path names. Throws IMAGE_MISSING for what is no root tree, PATH_INVALID for the root of this machine. */
export function rootTree(files: Files, path: string, cwd: string): string {
  const root = posix.resolve(cwd, path);
  const fact = files.look(`${root}/.`);
  const host = files.look('/');
  if (fact !== undefined && fact.inode === host?.inode && fact.device === host.device) {
    throw new StateliteError('PATH_INVALID', `${path} is the root of this machine, wanted is the root tree of an image`, { hint: 'give /install/netboot/<os>/<arch>/<profile>/rootimg' });
  }
  if (fact?.type === 'directory' && files.exists(`${root}/etc`)) return root;
  throw new StateliteError('IMAGE_MISSING', `${root} is no root tree: ${fact === undefined ? 'there is no such directory' : 'it has no /etc'}`, {
    hint: files.exists(`${root}/rootimg`) ? `${root}/rootimg is one` : 'give /install/netboot/<os>/<arch>/<profile>/rootimg',
  });
}

/** Looks a file of an image up; `mode` is for one that does not exist yet. Throws PATH_INVALID when something else is in its place. */
export function readImageFile(files: Files, root: string, path: string, mode = 0o644): ImageFile {
  const { physical, node, problem } = placeOf(files, root, path);
  const place = `${root}${physical}`;
  if (problem !== undefined) throw new StateliteError('PATH_INVALID', `${path} of the image ${root} cannot be used: ${problem}`);
  if (node === undefined) return { path, place, mode, uid: 0, gid: 0 };
  if (node.fact.type !== 'file') throw new StateliteError('PATH_INVALID', `${path} of the image ${root} is a ${node.fact.type}, wanted is a file`);
  return { path, place, text: files.readText(place), mode: node.fact.mode, uid: node.fact.uid, gid: node.fact.gid };
}

/** Gives a file of an image its text, in one step for whoever reads it; owner and mode stay. Directories that are missing are made with `directoryMode`. */
export function writeImageFile(files: Files, root: string, file: ImageFile, text: string | Buffer, directoryMode = 0o755): void {
  for (const path of ancestorsOf(placeOf(files, root, file.path).real)) {
    const { physical, node } = placeOf(files, root, path);
    if (node === undefined) files.makeDirectory(`${root}${physical}`, directoryMode);
  }
  const { physical } = placeOf(files, root, file.path);
  files.writeAtomic(`${root}${physical}`, text, file.mode);
  if (file.uid !== 0 || file.gid !== 0) files.setOwner(`${root}${physical}`, file.uid, file.gid);
}

/** Names in a directory of an image; none when there is no such directory. */
export function listImageDirectory(files: Files, root: string, path: string): readonly string[] {
  const { physical, node } = placeOf(files, root, path);
  return node?.fact.type === 'directory' ? files.list(`${root}${physical}`) : [];
}

// --- internal ---

const placeOf = (files: Files, root: string, path: string) => locate(new ImageTree(files, root), path, createdPaths(readPast(files, root)));
