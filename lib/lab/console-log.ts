import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a console has shown so far of a boot. */
export type BootOutcome = { readonly state: 'booting' } | { readonly state: 'up' } | { readonly state: 'stopped'; readonly reason: string };

/** Judges console text since power-on: a login prompt is the end of a boot, and so is what stops one. What came before the last kernel is of a boot that is over. */
export function bootOutcome(text: string): BootOutcome {
  const all = plain(text);
  const shown = all.slice(Math.max(0, all.lastIndexOf(KERNEL)));
  if (PROMPT.test(shown)) return { state: 'up' };
  const stopped = STOPPED.exec(shown);
  return stopped === null ? { state: 'booting' } : { state: 'stopped', reason: stopped[0].trim() };
}

/** The text without what only a terminal understands. */
export const plain = (text: string): string => text.replace(ESCAPES, '').replace(/\r+\n/g, '\n').replace(CONTROL, '');

/** Reads what was added to a growing log since the last call, from a first position on; '' while there is no file. */
export function follow(path: string, from = 0): () => string {
  let position = from;
  return () => {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return '';
    }
    try {
      const size = fstatSync(descriptor).size;
      const buffer = Buffer.alloc(Math.max(0, size - position));
      position += readSync(descriptor, buffer, 0, buffer.length, position);
      return buffer.toString('latin1');
    } finally {
      closeSync(descriptor);
    }
  };
}

// --- internal ---

// eslint-disable-next-line no-control-regex -- terminal sequences are what is taken out
const ESCAPES = /\u001b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78cM])/g;
// eslint-disable-next-line no-control-regex -- see above
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const KERNEL = '] Linux version ';
const PROMPT = /(^|\s)(?!Last )[\w.-]+ login: /;
const STOPPED = /statelite: STOPPED: .*|Kernel panic - not syncing.*|You are in (emergency|rescue) mode.*|Entering emergency mode.*|dracut: (FATAL|Refusing).*|No bootable device.*|Could not boot.*|Could not find kernel image.*|Loading \S+ ?failed.*|UEFI Interactive Shell.*|Failed to boot both default and fallback entries.*/i;
