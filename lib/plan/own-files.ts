import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { StateliteError } from '../errors.ts';
import type { BootPlan } from './boot-plan.ts';

/** A plan as nodes get it, taken apart. */
export interface WholePlan {
  readonly plan: string;
  /** The archive of the node's own files; undefined when it has none. Throws FILE_SYSTEM, naming `where`, when it is damaged. */
  readonly own?: (where: string) => Buffer;
}

/** True for a plan that has to come with that line. */
export const hasOwn = ({ overlays = [] }: Pick<BootPlan, 'overlays'>): boolean => overlays.some(({ kind }) => kind === 'own');

/**
 * The line that stands before the plan of a node that has files of its own (ADR 0037): their archive, packed by gzip, as base64. The archive comes in
 * pieces; those that many nodes have are packed once.
 */
export const ownLine = (pieces: readonly Buffer[]): string => `${WORD}${Buffer.concat(pieces.map(packed)).toString('base64')}\n`;

/** Takes the line of a node's own files away from its plan. */
export function splitOwn(text: string): WholePlan {
  if (!text.startsWith(WORD)) return { plan: text };
  const end = text.indexOf('\n');
  return { plan: text.slice(end + 1), own: (where) => unpack(text.slice(WORD.length, end), where) };
}

// --- internal ---

const WORD = 'statelite-own ';

/** Most of a small archive is zeros: a third of the time for hardly more bytes. */
const QUICKLY = { windowBits: 13, memLevel: 4 };

const PACKED = new WeakMap<Buffer, Buffer>();

/** Members of gzip (RFC 1952) that follow each other are one archive again. */
function packed(piece: Buffer): Buffer {
  if (piece.length <= NOT_WORTH_PACKING) return member(piece);
  const known = PACKED.get(piece) ?? gzipSync(piece, QUICKLY);
  PACKED.set(piece, known);
  return known;
}

/** Most files that a template makes for one node, hostname for example: opening zlib for them would cost more than all else of a plan. */
const NOT_WORTH_PACKING = 256;
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]);

/** A member that holds a few bytes as they are, in one stored block (RFC 1951). */
function member(piece: Buffer): Buffer {
  const { length } = piece;
  const made = Buffer.allocUnsafe(HEAD.length + 4 + length + 8);
  made.set(HEAD);
  made.writeUInt16LE(length, HEAD.length);
  made.writeUInt16LE(length ^ 0xffff, HEAD.length + 2);
  made.set(piece, HEAD.length + 4);
  made.writeUInt32LE(crc32(piece), HEAD.length + 4 + length);
  made.writeUInt32LE(length, HEAD.length + 8 + length);
  return made;
}

function unpack(packed: string, where: string): Buffer {
  try {
    return gunzipSync(Buffer.from(packed, 'base64'));
  } catch (cause) {
    throw new StateliteError('FILE_SYSTEM', `the node's own files in ${where} are damaged`, { hint: 'nodeset <node> osimage=<image> writes them again', cause });
  }
}
