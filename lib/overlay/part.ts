import { createHash } from 'node:crypto';
import { ancestorsOf } from '../image/layout.ts';
import { isWithin } from '../policy/path.ts';
import { tarFrames, type TarEntry } from './tar.ts';
import type { ImageGround, PlacedEffect } from './place.ts';
import type { PartKind, PlanOverlay } from '../plan/boot-plan.ts';

/** An archive that a node unpacks into /.statelite, in pieces that follow each other, with what its plan says of it. */
export interface Part {
  readonly facts: PlanOverlay;
  readonly pieces: readonly Buffer[];
}

/** An archive without what its files hold: those of many nodes differ in nothing else. */
export interface Mould {
  readonly frames: readonly Buffer[];
  /** The effects whose contents go between them. */
  readonly fillings: readonly number[];
  readonly overlays: readonly string[];
}

/** What kind of part an effect belongs to: a file that not everybody may read is never left beside the image. */
export function kindOf({ entry, isOwn, how }: PlacedEffect): PartKind {
  const isSecret = entry.type === 'file' && (entry.mode & 0o004) === 0 && !['delete', 'whiteout', 'opaque'].includes(how);
  return isSecret ? 'private' : isOwn ? 'own' : 'shared';
}

/** True for a directory that has files: it is there for them. */
export const isOnTheWay = ({ how, entry, from }: PlacedEffect): boolean => how === 'put' && entry.type === 'directory' && !from.some(({ isEmpty }) => isEmpty === true);

/** Does a file that is laid below a directory bring it? One that comes last, where nothing else is, does not. */
export const isBrought = ({ path }: PlacedEffect, all: readonly PlacedEffect[]): boolean =>
  all.some(({ how, entry, path: other }) => entry.type !== 'directory' && (how === 'append' || PLACES[how] === PLACES.put) && isWithin(other, path));

/**
 * The mould of one kind of effects: mnt/overlay is the first litetree source, mnt/absent the last, mnt/append what is added to files, lists
 * what the node does besides. The same effects give the same bytes.
 */
export function makeMould(ground: ImageGround, kind: PartKind, effects: readonly PlacedEffect[], directories: ReadonlyMap<string, TarEntry>): Mould {
  const entries = new Map<string, TarEntry & { readonly of?: number }>();
  const directory = (name: string, entry: Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime'> & Partial<TarEntry> = PLAIN): void => {
    if (!entries.has(name)) entries.set(name, { content: EMPTY, ...entry, name, type: 'directory' });
  };
  const deleted: string[] = [];
  const appended: string[] = [];
  const opaque: string[] = [];
  for (const [of, { how, path, entry, row }] of effects.entries()) {
    const place = PLACES[how];
    if (how === 'delete') deleted.push(`${path}/\n`);
    if (how === 'append' && row !== undefined) appended.push(`${row.option.mechanism === 'link' ? 'default' : 'root'} ${row.real}${row.real === path ? '' : `/.${path.slice(row.real.length)}`}/\n`);
    if (how === 'opaque') opaque.push(`${place ?? ''}${path}`);
    if (place === undefined) continue;
    directory('mnt');
    for (const tree of how === 'append' ? [place, 'mnt/joined'] : [place]) {
      directory(tree);
      for (const above of ancestorsOf(path)) directory(`${tree}${above}`, imageDirectory(ground, above) ?? directories.get(above) ?? PLAIN);
    }
    const known = imageDirectory(ground, path);
    if (how === 'opaque') directory(`${place}${path}`, known ?? directories.get(path) ?? PLAIN);
    else entries.set(`${place}${path}`, { ...entry, ...(entry.type === 'directory' && known !== undefined ? known : {}), name: `${place}${path}`, of, ...(how === 'whiteout' ? WHITEOUT : {}) });
  }
  for (const name of opaque) {
    const entry = entries.get(name);
    if (entry !== undefined) entries.set(name, { ...entry, xattrs: { ...entry.xattrs, ...OPAQUE } });
  }
  for (const [name, lines] of [['append', appended], ['delete', deleted]] as const) {
    if (lines.length === 0) continue;
    directory('lists');
    entries.set(`lists/${name}.${kind}`, { ...PLAIN, name: `lists/${name}.${kind}`, type: 'file', mode: 0o644, content: Buffer.from(lines.join('')) });
  }
  const inOrder = [...entries.values()].sort((one, two) => (one.name < two.name ? -1 : 1));
  return {
    frames: tarFrames(inOrder, ({ of }) => of !== undefined),
    fillings: inOrder.flatMap(({ type, of }) => (type === 'file' && of !== undefined ? [of] : [])),
    overlays: [...new Set(effects.flatMap(({ from }) => from.map(({ overlay }) => overlay)))].sort(),
  };
}

/** The archive that contents make in a mould. */
export function fillMould(kind: PartKind, { frames, overlays }: Mould, contents: readonly Buffer[]): Part {
  const pieces = frames.flatMap((frame, at) => [frame, ...contents.slice(at, at + 1)]);
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { facts: { kind, hash: hash.digest('hex'), bytes: pieces.reduce((sum, { length }) => sum + length, 0), overlays }, pieces };
}

// --- internal ---

const EMPTY = Buffer.alloc(0);
/** What overlayfs takes for a directory that hides those of the layers below it. */
const OPAQUE = { 'trusted.overlay.opaque': Buffer.from('y') };
/** The device that overlayfs takes for a file that is not there; of the file that asks for it nothing is kept. */
const WHITEOUT = { type: 'whiteout', mode: 0, uid: 0, gid: 0, mtime: 0, content: EMPTY, xattrs: {} } as const;
const PLAIN = { mode: 0o755, uid: 0, gid: 0, mtime: 0, content: EMPTY };

const PLACES: Readonly<Record<PlacedEffect['how'], string | undefined>> = {
  put: 'mnt/overlay', whiteout: 'mnt/overlay', opaque: 'mnt/overlay', append: 'mnt/append', join: 'mnt/append', absent: 'mnt/absent', delete: undefined,
};

/** A directory that the image has stays as it is there; one that liteimg made is not the image's. */
function imageDirectory({ created, locate }: ImageGround, path: string): Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime'> | undefined {
  if (created.has(path)) return undefined;
  const { real, node: { fact } = {} } = locate(path);
  return real === path && fact?.type === 'directory' ? { mode: fact.mode, uid: fact.uid, gid: fact.gid, mtime: 0 } : undefined;
}
