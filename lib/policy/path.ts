import { StateliteError } from '../errors.ts';

export interface LitePath {
  /** Absolute, without trailing slash. */
  readonly path: string;
  /** True when written with a trailing slash. */
  readonly directory: boolean;
  /** Set when the text was tidied. */
  readonly notice?: string;
}

/** Directories of a running node that are volatile without any row. */
export const VOLATILE_ROOTS: readonly string[] = ['/run', '/proc', '/sys', '/dev'];

/** Directories that belong to statelite itself. */
const RESERVED_ROOTS: readonly string[] = ['/.default', '/.statelite', '/.sllocal'];

/** True when `path` is `ancestor` or lies below it; both absolute, without trailing slash. */
export const isWithin = (path: string, ancestor: string): boolean =>
  ancestor === '/' || path === ancestor || (path.startsWith(ancestor) && path.charAt(ancestor.length) === '/');

/** Why no row may stand for a path, or undefined: the root and what belongs to statelite. */
export function reservedReason(path: string): string | undefined {
  if (path === '/') return 'it is the root of the image';
  const owner = RESERVED_ROOTS.find((root) => isWithin(path, root));
  return owner === undefined ? undefined : `${owner} belongs to statelite itself`;
}

/** How nearly every path is written: names with one slash before each, perhaps one at the end. */
const TIDY = /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\n]+)+\/?$/;

/** Reads litefile.file: absolute, no `.` or `..`, any byte but NUL and newline, repeated slashes collapsed. Throws PATH_INVALID. */
export function parseLitePath(text: string): LitePath {
  if (TIDY.test(text) && !text.startsWith('/.')) return text.endsWith('/') ? { path: text.slice(0, -1), directory: true } : { path: text, directory: false };
  const refuse = (why: string, hint: string): StateliteError =>
    new StateliteError('PATH_INVALID', `the path ${JSON.stringify(text)} cannot be used: ${why}`, { hint });
  if (!text.startsWith('/')) throw refuse('it is not one absolute path', 'write it from the root of the image: /etc/ntp.conf, /var/log/');
  if (/[\0\n]/.test(text)) throw refuse('it holds a NUL or a line end', 'no file name in an image needs one');
  const segments = text.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment === '.' || segment === '..')) throw refuse('it has a . or .. in it', 'write the path as it is in the image');
  const path = `/${segments.join('/')}`;
  const reserved = reservedReason(path);
  if (reserved !== undefined) throw refuse(reserved, 'name the files and directories that nodes write');
  const directory = text.endsWith('/');
  const tidy = directory ? `${path}/` : path;
  return tidy === text ? { path, directory } : { path, directory, notice: `${text} is read as ${tidy}` };
}
