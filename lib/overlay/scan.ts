import { join, posix } from 'node:path';
import { StateliteError, throwProblems } from '../errors.ts';
import { ancestorsOf } from '../image/layout.ts';
import { meant } from '../nearest.ts';
import { asset } from '../system/assets.ts';
import type { Files } from '../system/files.ts';
import { OVERLAY_NAME } from './assigned.ts';
import { readFileName, type Action } from './file-name.ts';
import type { Template } from './renderer.ts';
import { SCRIPTS } from './scripts.ts';
import { readTar, type TarEntry } from './tar.ts';

/** One name of an overlay. */
export interface OverlayFile {
  readonly overlay: string;
  readonly origin: Origin;
  /** Below the overlay, as it is called there: `etc/hosts.njk`. */
  readonly written: string;
  /** On the node: `/etc/hosts`. */
  readonly path: string;
  readonly action: Action;
  readonly isTemplate: boolean;
  readonly entry: TarEntry;
  /** Set for a directory with nothing in it, which is wanted for itself. */
  readonly isEmpty?: true;
}

export type Origin = 'site' | 'shipped';

export interface OverlayTree {
  readonly name: string;
  /** Sorted by path; a file of the site hides the shipped one for the same path. */
  readonly files: readonly OverlayFile[];
}

/** Where overlays lie: the site's, which win file by file, and those that come with the package. */
export const overlayRoots = (installdir: string): Readonly<Record<Origin, string>> => ({ site: join(installdir, 'overlays'), shipped: asset('add-on/overlays') });

/** The names of all overlays, sorted. */
export const overlayNames = (files: Files, installdir: string): readonly string[] =>
  [...new Set(Object.values(overlayRoots(installdir)).flatMap((root) => (isDirectory(files, root) ? files.list(root).filter((name) => OVERLAY_NAME.test(name) && isDirectory(files, join(root, name))) : [])))].sort();

/** Reads an overlay with owners, modes and extended attributes. Throws all at once: OVERLAY_INVALID when there is none or a file in it cannot be used. */
export function readOverlay(files: Files, installdir: string, name: string): OverlayTree {
  const roots = overlayRoots(installdir);
  const [site, shipped] = (['site', 'shipped'] as const).map((origin) => {
    const directory = join(roots[origin], name);
    return isDirectory(files, directory) ? readTar(files.archive(directory)).flatMap((entry) => (entry.name === '.' || entry.name === '' ? [] : [fileOf(name, origin, entry)])) : undefined;
  });
  if (site === undefined && shipped === undefined) {
    throw new StateliteError('OVERLAY_INVALID', `there is no overlay ${name}: no directory ${join(roots.site, name)}`, { hint: meant(name, overlayNames(files, installdir), `liteoverlay list shows those there are; mkdir ${join(roots.site, name)} makes one`) });
  }
  const hidden = new Set(site?.map(({ path }) => path));
  const all = [...site ?? [], ...(shipped ?? []).filter(({ path, entry }) => !hidden.has(path) || (entry.type === 'directory' && !site?.some((one) => one.path === path && one.entry.type !== 'directory')))];
  const byPath = new Map<string, OverlayFile>();
  const problems = all.flatMap((file) => problemsOf(file));
  for (const file of all.filter(({ entry, path }) => !(entry.type === 'directory' && byPath.has(path)))) {
    const key = `${file.path}${file.action === 'append' ? '\0append' : ''}`;
    const twin = byPath.get(key);
    if (twin === undefined) byPath.set(key, file);
    else if (twin.entry.type !== 'directory' || file.entry.type !== 'directory') problems.push(invalid(file, `${twin.written} and ${file.written} both say what ${file.path} is`, 'keep one of them'));
  }
  throwProblems(problems, `problems in the overlay ${name}`);
  const filled = new Set(all.flatMap(({ written }) => ancestorsOf(`/${written}`)));
  for (const [key, file] of byPath) if (file.entry.type === 'directory' && !filled.has(`/${file.written}`)) byPath.set(key, { ...file, isEmpty: true });
  return { name, files: [...byPath.values()].sort(inOrder) };
}

/** The texts that templates may include, from `.include` beside the overlays, the site's first. */
export function readIncludes(files: Files, installdir: string): ReadonlyMap<string, Template> {
  const roots = overlayRoots(installdir);
  return new Map(Object.values(roots).reverse().map((root) => join(root, INCLUDES)).flatMap((directory) => (isDirectory(files, directory) ? files.list(directory) : []).flatMap((name): [string, Template][] =>
    (files.look(join(directory, name))?.type === 'file' ? [[name, { where: `include ${name}`, text: files.readText(join(directory, name)) }]] : []))));
}

/** The names of the init scripts of all overlays, whether a node has them or not; those that `{% file %}` makes are not known. */
export const scriptNames = (files: Files, installdir: string): ReadonlySet<string> => new Set(overlayNames(files, installdir).flatMap((name) =>
  Object.values(overlayRoots(installdir)).map((root) => join(root, name, SCRIPTS)).flatMap((directory) => (isDirectory(files, directory) ? files.list(directory).map((written) => readFileName(written).name) : []))));

/** Changes when anything in an overlay or the includes does; reads no file. */
export const stampOf = (files: Files, installdir: string, name: string): string => Object.values(overlayRoots(installdir)).map((root) => stampTree(files, join(root, name))).join('\n');

export const INCLUDES = '.include';

/** By path; what is added to a file after the file. */
export const inOrder = (one: Pick<OverlayFile, 'path' | 'action'>, two: Pick<OverlayFile, 'path' | 'action'>): number =>
  (one.path === two.path ? ORDER.indexOf(one.action) - ORDER.indexOf(two.action) : one.path < two.path ? -1 : 1);

/** What is wrong with a file of an overlay, with where it lies. */
export const invalid = (file: Pick<OverlayFile, 'overlay' | 'written'>, why: string, hint?: string): StateliteError =>
  new StateliteError('OVERLAY_INVALID', `${whereOf(file)}: ${why}`, { hint });

export const whereOf = ({ overlay, written }: Pick<OverlayFile, 'overlay' | 'written'>): string => `overlay ${overlay}, ${written}`;

/** A file that is filled for each node. */
export const templateOf = (file: OverlayFile): Template => ({ where: whereOf(file), text: file.entry.content.toString('utf8') });

// --- internal ---

const ORDER: readonly Action[] = ['put', 'absent', 'delete', 'append'];

const isDirectory = (files: Files, path: string): boolean => files.look(path)?.type === 'directory';

function fileOf(overlay: string, origin: Origin, entry: TarEntry): OverlayFile {
  const { name, action, isTemplate } = entry.type === 'file' || (entry.type === 'symlink' && entry.name.endsWith('.literal')) ? readFileName(posix.basename(entry.name)) : { name: posix.basename(entry.name), action: 'put' as const, isTemplate: false };
  return { overlay, origin, written: entry.name, path: `/${posix.join(posix.dirname(entry.name), name)}`, action, isTemplate, entry: origin === 'shipped' ? shippedEntry(entry) : entry };
}

/** What comes with the package is root's on the node, whoever unpacked it. */
function shippedEntry({ name, type, mode, mtime, content, target }: TarEntry): TarEntry {
  return { name, type, mode: type === 'directory' || (mode & 0o111) !== 0 ? 0o755 : 0o644, uid: 0, gid: 0, mtime, content, ...(target === undefined ? {} : { target }) };
}

function problemsOf(file: OverlayFile): readonly StateliteError[] {
  const { entry, path } = file;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return [invalid(file, 'its name holds a control character')];
  if (entry.type === 'other') return [invalid(file, 'it is a device, pipe or socket', 'an overlay holds files, directories and symlinks')];
  return [];
}

function stampTree(files: Files, path: string): string {
  const fact = files.look(path);
  if (fact === undefined) return '';
  const own = `${fact.type} ${fact.inode} ${fact.size} ${fact.mtimeNs} ${fact.mode} ${fact.uid} ${fact.gid}`;
  return fact.type === 'directory' ? [own, ...files.list(path).map((name) => `${name} ${stampTree(files, join(path, name))}`)].join('\n') : own;
}
