import type { NodeTree } from '../helpers/node-tree.ts';
import { ancestorsOf, isAtOrBelow, PLAIN_DIRECTORY, worldOf, type Thing, type World } from './world.ts';

/** A name in an overlay, understood. */
export interface Said {
  readonly action: 'put' | 'append' | 'absent' | 'delete';
  /** On the node, as the overlay spells it. */
  readonly path: string;
  /** A template is filled. */
  readonly thing: Thing;
}

/** What overlays come to when they are laid over each other in their order. */
export interface Laid {
  /** What they put: searched before all litetree directories. */
  readonly over: World;
  /** What is there where nothing else is: searched after all others but before what liteimg made. */
  readonly late: World;
  /** What is added to files. */
  readonly tails: ReadonlyMap<string, Thing>;
  /** What image and litetree directories have here is not there. */
  readonly gone: ReadonlySet<string>;
}

/** Overlays laid over each other, one file at a time. */
export interface Laying extends Laid {
  /** Where a path leads in the image, or undefined when nothing can be put there. */
  pathOf(said: Said): string | undefined;
  lay(said: Said): void;
}

export function layOverlays(overlays: readonly NodeTree[], image: World): Laid {
  const laying = startLaying(image);
  for (const overlay of overlays) for (const said of sayingsOf(overlay)) laying.lay(said);
  const late = new Map(laying.late);
  for (const path of laying.late.keys()) for (const above of ancestorsOf(path)) late.set(above, laying.over.get(above) ?? image.get(above) ?? PLAIN_DIRECTORY);
  // What is put in place of something hides it anyway, and a con row joins both.
  const gone = new Set([...laying.gone].filter((path) => (laying.over.get(path)?.type ?? 'directory') === 'directory'));
  return { ...laying, over: sorted(laying.over), late: sorted(late), gone };
}

/** All that an overlay says, directories before what is in them, a file before what is added to it. */
export function sayingsOf(overlay: NodeTree): readonly Said[] {
  const said = [...worldOf(overlay)].map(([written, thing]): Said => (thing.type === 'file' ? fileSaid(written, thing) : { action: 'put', path: written, thing }));
  return said.sort((one, two) => (one.path === two.path ? (one.action === 'append' ? 1 : -1) : one.path < two.path ? -1 : 1));
}

export function startLaying(image: World): Laying {
  const over = new Map<string, Thing>();
  const late = new Map<string, Thing>();
  const tails = new Map<string, Thing>();
  const gone = new Set<string>();
  /** Symlinks and files of the image that are no longer there. */
  const broken = new Set<string>();
  const follow = (path: string, hops = 0): string | undefined => {
    let at = '';
    const names = path.split('/').slice(1);
    for (const [index, name] of names.entries()) {
      at = `${at}/${name}`;
      if ([...broken].some((one) => isAtOrBelow(at, one))) continue;
      const here = image.get(at);
      if (here?.type === 'symlink') {
        if (hops > 20) return undefined;
        const target = here.text.startsWith('/') ? here.text : `${at.slice(0, at.lastIndexOf('/'))}/${here.text}`;
        return follow([target, ...names.slice(index + 1)].join('/'), hops + 1);
      }
      if (here?.type === 'file' && index < names.length - 1) return undefined;
    }
    return at;
  };
  const pathOf = ({ action, path, thing }: Said): string | undefined => {
    if (action !== 'delete' && thing.type !== 'symlink') return follow(path);
    const end = path.lastIndexOf('/');
    const above = end === 0 ? '' : follow(path.slice(0, end));
    if (above === undefined || (above !== '' && !['directory', undefined].includes(image.get(above)?.type) && ![...broken].some((one) => isAtOrBelow(above, one)))) return undefined;
    return `${above}${path.slice(end)}`;
  };
  const drop = (path: string, maps: readonly Map<string, Thing>[]): void => {
    for (const map of maps) for (const one of [...map.keys()]) if (isAtOrBelow(one, path)) map.delete(one);
  };
  return {
    over, late, tails, gone, pathOf,
    lay: (said) => {
      const { action, thing } = said;
      const path = pathOf(said);
      if (path === undefined) throw new Error(`${said.path} cannot be reached`);
      const isGone = [...gone].some((one) => isAtOrBelow(path, one));
      if ((action === 'delete' || thing.type === 'symlink') && image.get(path)?.type !== 'directory') broken.add(path);
      if (action === 'delete') {
        drop(path, [over, late, tails]);
        gone.add(path);
        return;
      }
      if (action === 'absent' && over.has(path)) return;
      for (const above of ancestorsOf(path)) {
        if (over.get(above) !== undefined && over.get(above)?.type !== 'directory') over.delete(above);
        late.delete(above);
        tails.delete(above);
      }
      const here = over.get(path);
      if (action === 'append') {
        if (here !== undefined) over.set(path, { ...here, text: here.text + thing.text });
        else tails.set(path, added(tails.get(path), thing));
      } else if (action === 'absent') {
        drop(path, [over, late]);
        for (const one of [...tails.keys()]) if (one !== path && isAtOrBelow(one, path)) tails.delete(one);
        if (isGone || !image.has(path)) late.set(path, thing);
      } else if (thing.type === 'directory') {
        late.delete(path);
        tails.delete(path);
        // What the image has keeps its mode and owner.
        const known = image.get(path);
        over.set(path, known?.type === 'directory' ? known : thing);
      } else {
        drop(path, [over, late, tails]);
        over.set(path, thing);
        gone.add(path);
      }
    },
  };
}

/** A file with something added to it; nothing more than its time is known of the result besides what it was. */
export const added = (file: Thing | undefined, tail: Thing): Thing => (file === undefined ? tail : { ...file, text: file.text + tail.text });

// --- internal ---

const sorted = (world: World): World => new Map([...world].sort(([one], [two]) => (one < two ? -1 : 1)));

/** When templates were filled: 1 January 1980. */
const MADE = ' @315532800';

function fileSaid(written: string, thing: Thing): Said {
  const isTemplate = written.endsWith('.njk');
  const name = isTemplate ? written.slice(0, -4) : written;
  const action = (['append', 'absent', 'delete'] as const).find((one) => name.endsWith(`.${one}`));
  return {
    action: action ?? 'put', path: action === undefined ? name : name.slice(0, -action.length - 1),
    thing: isTemplate ? { ...thing, text: thing.text.replaceAll('{{ node.name }}', 'n01'), time: MADE } : thing,
  };
}
