import { once } from '../cluster/remember.ts';
import type { PartKind } from '../plan/boot-plan.ts';
import type { MadeFile } from './merge.ts';
import { fillMould, makeMould, type Mould, type Part } from './part.ts';
import type { ImageGround, PlacedEffect } from './place.ts';
import type { OverlayFile } from './scan.ts';
import { SCRIPTS } from './scripts.ts';

/** What overlays make of files on an image, but for the contents of own ones: nodes whose files differ in nothing else share it. */
export interface Cast {
  readonly parts: readonly CastPart[];
  readonly placed: readonly PlacedEffect[];
}

export interface CastPart {
  readonly kind: PartKind;
  /** The same for files that make the same archive. */
  readonly keyOf: (files: readonly MadeFile[]) => string;
  readonly pour: (files: readonly MadeFile[]) => Part;
}

/** Templates whose text counts for more than what is in a file: it is looked at, or joined to another. */
export type Weighed = WeakSet<OverlayFile>;

/** The same for files that have one cast. */
export const castKey = (files: readonly MadeFile[], weighed: Weighed): string => files.map((file) => (isOpen(file, weighed)
  ? `${idOf(file.by)} ${file.entry.mode} ${file.entry.content.length} ${file.path}` : `=${idOf(file)}`)).join('\n');

/** Notes the templates behind effects of which the text counts. */
export function weigh(effects: readonly PlacedEffect[], weighed: Weighed): void {
  for (const { path, entry, from } of effects) {
    const isLookedAt = path === '/etc/fstab' || path.startsWith(SCRIPTS);
    const isWhole = from.some((file) => file.entry.content === entry.content);
    if (isLookedAt || !isWhole) for (const { isOwn, by } of from) if (isOwn) weighed.add(by);
  }
}

/** One kind of effects that files have made. */
export function castPart(ground: ImageGround, kind: PartKind, effects: readonly PlacedEffect[], directories: readonly PlacedEffect[], files: readonly MadeFile[], weighed: Weighed): CastPart {
  const sources = effects.map(({ isOwn, entry }) => (isOwn ? files.findIndex((file) => isOpen(file, weighed) && file.entry.content === entry.content) : -1));
  const open = sources.filter((source) => source >= 0);
  const make = (): Mould => makeMould(ground, kind, effects, new Map(directories.map(({ path, entry }) => [path, entry])));
  const mould = open.length > 0 ? once(make) : make;
  const name = open.length > 0 ? `${kind} ${idOf(sources)}` : `${kind}\n${textOf(effects)}\n${textOf(directories)}`;
  return {
    kind,
    keyOf: (own) => [name, ...open.flatMap((source) => own[source] ?? []).map(idOf)].join(' '),
    pour: (own) => {
      const made = mould();
      return fillMould(kind, made, made.fillings.flatMap((at) => (own[sources[at] ?? -1] ?? effects[at])?.entry.content ?? []));
    },
  };
}

/** A number for each file; what a template made once for several nodes has one. */
export function idOf(file: object): number {
  const id = IDS.get(file) ?? (lastId += 1);
  IDS.set(file, id);
  return id;
}

// --- internal ---

const IDS = new WeakMap<object, number>();
let lastId = 0;

const isOpen = ({ isOwn, by }: MadeFile, weighed: Weighed): boolean => isOwn && !weighed.has(by);

const TEXTS = new WeakMap<readonly PlacedEffect[], string>();

function textOf(effects: readonly PlacedEffect[]): string {
  const text = TEXTS.get(effects) ?? effects.map(({ how, path, from }) => `${how} ${from.map(idOf).join('+')} ${path}`).join('\n');
  TEXTS.set(effects, text);
  return text;
}
