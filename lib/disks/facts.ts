/** A partition as the node found it; '' where it has none. */
export interface PartFact {
  readonly number: number;
  readonly mib: number;
  readonly type: string;
  readonly label: string;
  readonly partLabel: string;
}

/** blank; begun: ours, cut off; ours: whole; other: somebody else's; overwritten: begun once, somebody else's now; unreadable. */
export type DiskState = 'blank' | 'begun' | 'ours' | 'other' | 'overwritten' | 'unreadable';

/** A disk as the node left it at its last boot. */
export interface DiskFact {
  readonly device: string;
  readonly mib: number;
  readonly state: DiskState;
  /** Id of the wipe it was made by, or ''. */
  readonly wipe: string;
  /** First label of the layout it was made for, or ''. */
  readonly mark: string;
  /** Its names below /dev/disk. */
  readonly names: readonly string[];
  /** What it holds, in words. */
  readonly text: string;
  readonly parts: readonly PartFact[];
}

/** What a node said of its disks in one boot. */
export interface DiskReport {
  readonly node: string;
  /** The kernel's boot id. */
  readonly boot: string;
  /** Milliseconds since the epoch. */
  readonly seen: number;
  readonly disks: readonly DiskFact[];
  /** Ids of wipes that are carried out. */
  readonly wiped: readonly string[];
}

/** Reads the lines of rc.localdisk in a node's report; undefined when there are none. `at` is when it came. */
export function parseDiskReport(node: string, text: string, at: number): DiskReport | undefined {
  const disks: { readonly fact: Omit<DiskFact, 'parts'>; readonly parts: PartFact[] }[] = [];
  const wiped: string[] = [];
  let boot = '';
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ');
    if (word === 'boot') boot = rest[0] ?? '';
    else if (word === 'wiped' && rest[0] !== undefined) wiped.push(rest[0]);
    else if (word === 'disk') {
      const [, device = '', mib, state, wipe = '', mark = '', names = '', found = ''] = DISK.exec(line) ?? [];
      if (mib !== undefined) disks.push({ fact: { device, mib: Number(mib), state: state as DiskState, wipe: unset(wipe), mark: unset(mark), names: unset(names).split(',').filter(Boolean), text: found }, parts: [] });
    } else if (word === 'diskpart') {
      const [, device, number, mib, type = '', label = '', partLabel = ''] = PART.exec(line) ?? [];
      disks.find(({ fact }) => fact.device === device)?.parts.push({ number: Number(number), mib: Number(mib), type: unset(type), label: unset(label), partLabel: unset(partLabel) });
    }
  }
  if (boot === '' || (disks.length === 0 && wiped.length === 0)) return undefined;
  return { node, boot, seen: at, disks: disks.map(({ fact, parts }) => ({ ...fact, parts })), wiped };
}

// --- internal ---

const DISK = /^disk (\/dev\/\S+) (\d{1,12}) (blank|begun|ours|other|overwritten|unreadable) (\S+) (\S+) (\S+) ([^\n\0]{0,500})/;
const PART = /^diskpart (\/dev\/\S+) (\d{1,4}) (\d{1,12}) (\S+) (\S+) (\S+)$/;

const unset = (word: string): string => (word === '-' ? '' : word);
