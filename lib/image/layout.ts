import { posix } from 'node:path';

/** Where the original of every linked path is kept. */
export const DEFAULT_ROOT = '/.default';
/** On a node a tmpfs hides it; in the image it holds what liteimg remembers and the second half of every link. */
export const STATE_ROOT = '/.statelite';
/** The second half of every link: hidden on a node by the files of its own. */
export const LINK_ROOT = '/.statelite/tmpfs';
/** STATE_ROOT while it is being made or removed, so that it is never there without its journal. */
export const STATE_ROOT_IN_MAKING = '/.statelite.new';
/** The next symlink or file, before it is renamed over the path it stands for. */
export const NEXT = '/.statelite/next';
/** There while directories come back: from a link that has changed places with its original and lies in /.default, it leads into the image again. */
export const WAY_BACK = '/.default/.statelite';
export const WAY_BACK_LINK = '/.default/.statelite/tmpfs';
/** Names that Files.writeAtomic gives a file until it is whole. */
export const HALF_WRITTEN = /^\.\d+\.\d+\.\w+\.tmp$/;

/** A script that runs on nodes: where it stands in every image, and the shipped file it is. */
export interface NodeScript {
  readonly path: string;
  readonly asset: string;
  readonly what: string;
}

export const SCRIPTS: readonly NodeScript[] = [
  { path: '/etc/init.d/statelite', asset: 'add-on/statelite/rc.statelite', what: 'the script that prepares a node' },
  { path: '/etc/init.d/localdisk', asset: 'add-on/localdisk/rc.localdisk', what: 'the script for local disks' },
];

// Paths here are absolute inside the image: `/etc/ntp.conf` is <rootimg>/etc/ntp.conf.

export const defaultOf = (path: string): string => `${DEFAULT_ROOT}${path}`;
export const innerOf = (path: string): string => `${LINK_ROOT}${path}`;

/** Text of the symlink at a linked path: `/etc/ntp.conf` gives `../.statelite/tmpfs/etc/ntp.conf`. */
export const outerText = (path: string): string => `${'../'.repeat(depthOf(path))}${innerOf(path).slice(1)}`;

/** Text of its second half: `/etc/ntp.conf` gives `../../../.default/etc/ntp.conf`. */
export const innerText = (path: string): string => `../../${'../'.repeat(depthOf(path))}${defaultOf(path).slice(1)}`;

/** True when a symlink at `path` with this text leads to `wanted`, however it is spelled: xCAT wrote `./.statelite/tmpfs/var`. */
export const leadsTo = (path: string, text: string, wanted: string): boolean =>
  !text.startsWith('/') && posix.join(posix.dirname(path), text) === wanted;

/** The directories above a path, the root not among them, outermost first. */
export function ancestorsOf(path: string): string[] {
  const above: string[] = [];
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) above.push(path.slice(0, end));
  return above;
}

/** A path below a directory; the root needs no second slash. */
export const below = (directory: string, name: string): string => (directory === '/' ? `/${name}` : `${directory}/${name}`);

// --- internal ---

// Directories above a path, the root not counted.
function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}
