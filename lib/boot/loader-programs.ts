import { dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';
import type { Loader } from './loaders.ts';

/** Puts the programs the firmware loads below tftpdir where they are missing; returns a line for each that this machine does not have. */
export function ensureLoaderPrograms(files: Files, tftpdir: string, loaders: Iterable<Loader>): readonly string[] {
  return [...loaders].flatMap(({ programs }) => programs).flatMap(({ path, from, package: debianPackage }) => {
    const target = join(tftpdir, path);
    if (files.exists(target)) return [];
    if (!files.exists(from)) return [`${target} is missing and so is ${from}: nodes cannot load it; for example: apt-get install ${debianPackage}, then run nodeset again`];
    files.makeDirectories(dirname(target));
    files.writeAtomic(target, files.readBytes(from));
    return [];
  });
}
