import { join } from 'node:path';
import { ensureLoaderPrograms } from '../boot/loader-programs.ts';
import { LOADERS } from '../boot/loaders.ts';
import type { Files } from '../system/files.ts';

/**
 * Makes the directory that the lab gives out by TFTP and HTTP: the site's own by links; those of a node are replaced when it is booted. Loader programs the site does not have are put in from this machine's packages, as far as they are installed.
 */
export function makeBootDirectory(files: Files, tftpdir: string, directory: string): void {
  for (const own of OWN) {
    files.makeDirectories(join(directory, own));
    for (const name of namesIn(files, join(tftpdir, own))) {
      const path = join(own, name);
      if (!OWN.has(path)) link(files, tftpdir, directory, path);
    }
  }
  for (const path of LATER) if (!files.exists(join(directory, path))) link(files, tftpdir, directory, path);
  ensureLoaderPrograms(files, directory, Object.values(LOADERS), ['x86_64']);
}

// --- internal ---

const LOADER_DIRECTORIES: ReadonlySet<string> = new Set(Object.values(LOADERS).map(({ directory }) => directory));

/** Directories the lab has for itself: those of the loaders and all above them. */
const OWN: ReadonlySet<string> = new Set(['', ...[...LOADER_DIRECTORIES].flatMap((directory) => {
  const parts = directory.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
})]);

/** Where nodeset puts kernels, perhaps after the lab is up. */
const LATER = ['xcat/netboot', 'xcat/osimage'];

const namesIn = (files: Files, directory: string): readonly string[] => (files.exists(directory) ? files.list(directory) : []);

const link = (files: Files, tftpdir: string, directory: string, path: string): void => files.symlink(join(tftpdir, path), join(directory, path));
