import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { exchangeAll, type Exchange } from '../../lib/system/exchange.ts';
import { createFiles, type Files } from '../../lib/system/files.ts';

/** Thrown in place of kill -9. */
export class Killed extends Error {}

export interface Faults {
  readonly files: Files;
  /** Changes asked for so far. */
  readonly changes: () => number;
}

/**
 * Files that stop the process at the n-th change, before it or after it; a file that is being written leaves its half behind. With `renames`
 * names are exchanged as where there is no Perl.
 */
export function filesKilledAt(at: number, when: 'before' | 'after', real: Files = createFiles(), by: 'one call' | 'renames' = 'one call'): Faults {
  let changes = 0;
  const killing = (name: string, call: (...args: never[]) => unknown) => (...args: never[]): unknown => {
    if (name === 'exchange') return (oneByOne as (...words: never[]) => unknown)(...args);
    changes += 1;
    if (changes > at) throw new Killed(); // who is dead puts nothing back
    if (changes === at && when === 'before') {
      if (name === 'writeAtomic') fs.writeFileSync(join(dirname(String(args[0])), '.17.1700000000000.k3j.tmp'), 'half');
      throw new Killed();
    }
    const result = call(...args);
    if (changes === at) throw new Killed();
    return result;
  };
  const oneByOne = (pairs: readonly Exchange[], spare: string): void => {
    if (by === 'renames') {
      exchangeAll(pairs, spare, { perl: '', rename: killing('rename', fs.renameSync) as typeof fs.renameSync });
      return;
    }
    for (const pair of pairs) {
      changes += 1;
      if (changes === at && when === 'before') throw new Killed();
      real.exchange([pair], spare);
      if (changes === at) throw new Killed();
    }
  };
  const files = Object.fromEntries(Object.entries({ ...real }).map(([name, call]) => [name, READING.has(name) ? call : killing(name, call)])) as unknown as Files;
  return { files, changes: () => changes };
}

/** Files that start no process to exchange names: the same for all but readers, and quicker. */
export const filesWithoutPerl = (): Files => ({ ...createFiles(), exchange: (pairs, spare) => exchangeAll(pairs, spare, { perl: '' }) });

// --- internal ---

const READING: ReadonlySet<string> = new Set(['look', 'exists', 'readText', 'readTextIfThere', 'readBytes', 'readLink', 'list', 'pause']);
