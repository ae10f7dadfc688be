import { ancestorsOf } from '../image/layout.ts';
import type { OverlayFile } from './scan.ts';
import type { TarEntry } from './tar.ts';

/** A file of an overlay as it is for a node: a template is filled, and one of several outputs stands alone. */
export interface MadeFile extends OverlayFile {
  /** Other nodes may have another content. */
  readonly isOwn: boolean;
}

/** What overlays together do with one path. */
export interface Effect {
  readonly path: string;
  readonly action: 'put' | 'append' | 'absent' | 'delete';
  readonly entry: TarEntry;
  readonly isOwn: boolean;
  /** The files it is made of, the last is the winner. */
  readonly from: readonly MadeFile[];
}

/**
 * Lays overlays over each other, later ones on top: a file takes the place of what came before for its path, and of what came below it;
 * what is appended to a file of an earlier overlay is joined to it here, else it stays for the node to do. Sorted by path, an append after the rest.
 */
export function mergeOverlays(files: readonly MadeFile[]): readonly Effect[] {
  const effects = new Map<string, Effect>();
  const appends = new Map<string, Effect>();
  for (const file of files) {
    const { path, action } = file;
    const [before, appended] = [effects.get(path), appends.get(path)];
    const effect: Effect = { path, action, entry: file.entry, isOwn: file.isOwn, from: [file] };
    if (action === 'append') {
      if (before?.action === 'put' && before.entry.type === 'file') effects.set(path, joined(before, effect));
      else if (before?.action === 'delete') effects.set(path, { ...effect, action: 'put', from: [...before.from, file] });
      else appends.set(path, appended === undefined ? effect : joined(appended, effect));
      continue;
    }
    if (file.entry.type === 'directory' && before?.entry.type === 'directory' && before.action === 'put') {
      effects.set(path, { ...effect, from: [...before.from, file] });
      continue;
    }
    for (const above of ancestorsOf(path)) if (effects.get(above)?.entry.type !== 'directory' || effects.get(above)?.action === 'delete') effects.delete(above);
    if (file.entry.type !== 'directory' || action === 'delete') for (const map of [effects, appends]) for (const one of map.keys()) if (one.startsWith(`${path}/`)) map.delete(one);
    appends.delete(path);
    effects.set(path, { ...effect, from: [...before?.from ?? [], file] });
  }
  return [...effects.values(), ...appends.values()].sort((one, two) => (one.path === two.path ? (one.action === 'append' ? 1 : -1) : one.path < two.path ? -1 : 1));
}

// --- internal ---

const joined = (one: Effect, two: Effect): Effect => ({
  ...one, entry: { ...one.entry, content: Buffer.concat([one.entry.content, two.entry.content]) }, isOwn: one.isOwn || two.isOwn, from: [...one.from, ...two.from],
});
