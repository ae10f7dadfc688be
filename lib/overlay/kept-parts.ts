import { ownLine } from '../plan/own-files.ts';
import type { PartKind, PlanOverlay } from '../plan/boot-plan.ts';
import type { MadeFile } from './merge.ts';
import { fillMould, makeMould, type Mould, mouldKey } from './part.ts';
import type { ImageGround, PlacedEffect } from './place.ts';

/** Archives that are made once for the same files on the same image, whichever nodes have them. */
export interface KeptParts {
  /** A number for each file; what a template made once for several nodes has one. */
  readonly idOf: (file: MadeFile) => number;
  /** The part that effects of one kind make; `directories` says how those on the way are. */
  readonly part: (ground: ImageGround, kind: PartKind, effects: readonly PlacedEffect[], directories: readonly PlacedEffect[]) => PlanOverlay;
  /** What goes to the node, while it is remembered: the archive, of its own files the line before its plan. */
  readonly content: (part: Pick<PlanOverlay, 'kind' | 'hash'>) => Buffer | undefined;
}

/** Content of `mostBytes` together is remembered; what was not asked for the longest goes. */
export function createParts(mostBytes: number): KeptParts {
  const contents = createContents(mostBytes);
  const known = new WeakMap<ImageGround, { readonly facts: Map<string, PlanOverlay>; readonly moulds: Map<string, Mould> }>();
  const ids = new WeakMap<MadeFile, number>();
  let lastId = 0;
  const idOf = (file: MadeFile): number => {
    const id = ids.get(file) ?? (lastId += 1);
    ids.set(file, id);
    return id;
  };
  const texts = new WeakMap<readonly PlacedEffect[], string>();
  const textOf = (effects: readonly PlacedEffect[]): string => {
    const text = texts.get(effects) ?? effects.map(({ how, path, from }) => `${how} ${from.map(idOf).join('+')} ${path}`).join('\n');
    texts.set(effects, text);
    return text;
  };
  const mouldOf = (moulds: Map<string, Mould>, ground: ImageGround, kind: PartKind, effects: readonly PlacedEffect[], directories: readonly PlacedEffect[]): Mould => {
    const key = `${kind}\n${mouldKey(effects)}\n${textOf(directories)}`;
    const mould = moulds.get(key) ?? makeMould(ground, kind, effects, new Map(directories.map(({ path, entry }) => [path, entry])));
    if (moulds.size >= MOST_MOULDS) moulds.clear();
    // What is shared is made once anyway.
    if (kind !== 'shared') moulds.set(key, mould);
    return mould;
  };
  const content: KeptParts['content'] = ({ kind, hash }) => contents.get(`${kind} ${hash}`);
  return {
    idOf,
    content,
    part: (ground, kind, effects, directories) => {
      const key = `${kind}\n${textOf(effects)}\n${textOf(directories)}`;
      const ofGround = known.get(ground) ?? { facts: new Map<string, PlanOverlay>(), moulds: new Map<string, Mould>() };
      known.set(ground, ofGround);
      const before = ofGround.facts.get(key);
      if (before !== undefined && content(before) !== undefined) return before;
      const { facts, pieces } = fillMould(kind, mouldOf(ofGround.moulds, ground, kind, effects, directories), effects);
      contents.keep(`${kind} ${facts.hash}`, kind === 'own' ? Buffer.from(ownLine(pieces)) : Buffer.concat(pieces));
      if (ofGround.facts.size >= MOST_PARTS) ofGround.facts.clear();
      ofGround.facts.set(key, facts);
      return facts;
    },
  };
}

// --- internal ---

const MOST_PARTS = 20_000;
const MOST_MOULDS = 1000;

function createContents(mostBytes: number): { readonly keep: (key: string, content: Buffer) => void; readonly get: (key: string) => Buffer | undefined } {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  const get = (key: string): Buffer | undefined => {
    const known = kept.get(key);
    if (known === undefined) return undefined;
    kept.delete(key);
    kept.set(key, known);
    return known;
  };
  return {
    get,
    keep: (key, content) => {
      if (get(key) !== undefined) return;
      kept.set(key, content);
      bytes += content.length;
      for (const [oldest, { length }] of kept) {
        if (bytes <= mostBytes || oldest === key) break;
        kept.delete(oldest);
        bytes -= length;
      }
    },
  };
}
