import { StateliteError } from '../errors.ts';

/** Where a row's writable content lives. */
export type Storage = 'tmpfs' | 'persistent' | 'localdisk';
/** rw: copied and writable; ro: shows its source, never writable; con: image and trees concatenated, writable. */
export type Mode = 'rw' | 'ro' | 'con';
/** How the path reaches its content. */
export type Mechanism = 'link' | 'bind' | 'overlay';

/** A litefile option, understood (DESIGN 5). */
export interface LiteOption {
  readonly storage: Storage;
  readonly mode: Mode;
  readonly mechanism: Mechanism;
}

export interface ParsedOption {
  readonly option: LiteOption;
  /** Set when a word was corrected. */
  readonly notice?: string;
}

/** The words an option may be made of, for errors, help and documentation. */
export const OPTION_HELP =
  'blank or ALL (= tmpfs,rw); storage: tmpfs, persistent, localdisk; mode: rw, ro, con; mechanism: link, bind, overlay; joined by commas, at most one of each';

/**
 * Reads litefile.options. `mechanismDefault` is site.litemechanism: what words without link, bind or overlay mean; blank, ALL and
 * `tmpfs,rw` mean link whatever it says, as in xCAT. Throws OPTION_INVALID for unknown words and contradictions.
 */
export function parseOption(text: string, mechanismDefault: Mechanism = 'link'): ParsedOption {
  const written = text.trim();
  if (written === '' || /^all$/i.test(written)) return { option: LINK };
  const words = written.split(',').map((word) => word.trim().toLowerCase());
  const corrected = words.map((word) => (word === 'tempfs' ? 'tmpfs' : word));
  for (const word of corrected) if (!WORDS.has(word)) throw invalid(text, unknown(word));
  const option: LiteOption = {
    storage: only(text, corrected, STORAGES, 'places to keep the content') ?? 'tmpfs',
    mode: only(text, corrected, MODES, 'modes') ?? 'rw',
    mechanism: only(text, corrected, MECHANISMS, 'mechanisms') ?? (isTmpfsRw(corrected) ? 'link' : mechanismDefault),
  };
  const clash = contradiction(option, corrected);
  if (clash !== undefined) throw invalid(text, clash);
  return words.includes('tempfs') ? { option, notice: `the option ${text} is read as ${corrected.join(',')}` } : { option };
}

/** What an option keeps or shows, the mode before the storage: the word that decides how rows may nest. */
export type OptionKind = Storage | 'ro' | 'con';

export const kindOf = (option: LiteOption): OptionKind => (option.mode === 'rw' ? option.storage : option.mode);

/** The shortest way to write an option that means the same whatever site.litemechanism says: `link,persistent`, `link`, `bind,tmpfs`. */
export function writeOption(option: LiteOption): string {
  const kind = kindOf(option);
  return option.mechanism === 'link' && kind === 'tmpfs' ? 'link' : `${option.mechanism},${kind}`;
}

/** Every option that means something, mechanisms outside, kinds inside: the rows and columns of the nesting matrix. */
export const ALL_OPTIONS: readonly LiteOption[] = (['link', 'bind', 'overlay'] as const).flatMap((mechanism) => {
  const all: readonly LiteOption[] = [
    { storage: 'tmpfs', mode: 'rw', mechanism }, { storage: 'persistent', mode: 'rw', mechanism }, { storage: 'localdisk', mode: 'rw', mechanism },
    { storage: 'tmpfs', mode: 'ro', mechanism }, { storage: 'tmpfs', mode: 'con', mechanism },
  ];
  return all.filter((option) => contradiction(option, []) === undefined);
});

// --- internal ---

const LINK: LiteOption = { storage: 'tmpfs', mode: 'rw', mechanism: 'link' };
const STORAGES: readonly Storage[] = ['tmpfs', 'persistent', 'localdisk'];
const MODES: readonly Mode[] = ['rw', 'ro', 'con'];
const MECHANISMS: readonly Mechanism[] = ['link', 'bind', 'overlay'];
const WORDS: ReadonlySet<string> = new Set([...STORAGES, ...MODES, ...MECHANISMS]);

const isTmpfsRw = (words: readonly string[]): boolean => words.includes('tmpfs') && words.includes('rw');

function unknown(word: string): string {
  if (word === '') return 'it has an empty word';
  return word === 'all' ? 'ALL stands alone' : `${word} is no option`;
}

function only<T extends string>(text: string, words: readonly string[], choices: readonly T[], what: string): T | undefined {
  const found = choices.filter((choice) => words.includes(choice));
  if (found.length > 1) throw invalid(text, `${found.join(' and ')} are ${found.length} ${what}`);
  return found[0];
}

function contradiction(option: LiteOption, words: readonly string[]): string | undefined {
  if (option.mode !== 'rw' && option.storage !== 'tmpfs') return `${option.mode} keeps nothing, so it cannot be ${option.storage}`;
  if (option.mode === 'ro' && words.includes('tmpfs')) return 'ro shows its source and needs no tmpfs';
  if (option.mechanism === 'overlay' && option.mode !== 'rw') return `overlay is for writable directories, not for ${option.mode}`;
  if (option.mechanism === 'overlay' && option.storage === 'persistent') return 'overlay cannot keep its changes on NFS: use persistent with link or bind';
  return undefined;
}

const invalid = (text: string, why: string): StateliteError =>
  new StateliteError('OPTION_INVALID', `the option ${JSON.stringify(text)} cannot be used: ${why}`, { hint: `options are ${OPTION_HELP}` });
