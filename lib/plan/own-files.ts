import { gunzipSync, gzipSync } from 'node:zlib';
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

/** The line that stands before the plan of a node that has files of its own (ADR 0037): their archive, packed by gzip, as base64. */
export const ownLine = (archive: Buffer): string => `${WORD}${gzipSync(archive, QUICKLY).toString('base64')}\n`;

/** Takes the line of a node's own files away from its plan. */
export function splitOwn(text: string): WholePlan {
  if (!text.startsWith(WORD)) return { plan: text };
  const end = text.indexOf('\n');
  return { plan: text.slice(end + 1), own: (where) => unpack(text.slice(WORD.length, end), where) };
}

// --- internal ---

const WORD = 'statelite-own ';

/** Most of a small archive is zeros: a third of the time for a tenth more bytes. */
const QUICKLY = { level: 1, windowBits: 13, memLevel: 4 };

function unpack(packed: string, where: string): Buffer {
  try {
    return gunzipSync(Buffer.from(packed, 'base64'));
  } catch (cause) {
    throw new StateliteError('FILE_SYSTEM', `the node's own files in ${where} are damaged`, { hint: 'nodeset <node> osimage=<image> writes them again', cause });
  }
}
