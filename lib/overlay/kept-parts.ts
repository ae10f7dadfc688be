import type { PartKind, PlanOverlay } from '../plan/boot-plan.ts';
import { ownLine } from '../plan/own-files.ts';
import type { Part } from './part.ts';
import type { ImageGround } from './place.ts';

/** Archives that are made once for the same files on the same image, whichever nodes have them. */
export interface KeptParts {
  /** What a plan says of a part; `key` stands for all it is made of. */
  readonly part: (ground: ImageGround, kind: PartKind, key: string, make: () => Part) => PlanOverlay;
  /** What goes to the node, while it is remembered: the archive, of its own files the line before its plan. */
  readonly content: (part: Pick<PlanOverlay, 'kind' | 'hash'>) => Buffer | undefined;
}

/** Content of `mostBytes` together is remembered; what was not asked for the longest goes. */
export function createParts(mostBytes: number): KeptParts {
  const kept = createContents(mostBytes);
  const known = new WeakMap<ImageGround, Map<string, PlanOverlay>>();
  const content: KeptParts['content'] = ({ kind, hash }) => kept.get(`${kind} ${hash}`);
  return {
    content,
    part: (ground, kind, key, make) => {
      const ofGround = known.get(ground) ?? new Map<string, PlanOverlay>();
      known.set(ground, ofGround);
      const before = ofGround.get(key);
      if (before !== undefined && content(before) !== undefined) return before;
      const { facts, pieces } = make();
      kept.keep(`${kind} ${facts.hash}`, kind === 'own' ? Buffer.from(ownLine(pieces)) : Buffer.concat(pieces));
      if (ofGround.size >= MOST_PARTS) ofGround.clear();
      ofGround.set(key, facts);
      return facts;
    },
  };
}

// --- internal ---

const MOST_PARTS = 20_000;

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
