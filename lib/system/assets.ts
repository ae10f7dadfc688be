import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Directory of the installed package: holds netboot/, add-on/ and tables/ beside dist/ or lib/. */
export const packageRoot: string = (() => {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (directory !== '/' && !existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
})();

/** Path of a file that is shipped with the package: `asset('netboot/templates/pxelinux.njk')`. */
export const asset = (path: string): string => join(packageRoot, path);

/** Whether a path is such a file: it moves with the package, so no table should hold it. */
export const isShipped = (path: string): boolean => path.startsWith(`${packageRoot}/`);
