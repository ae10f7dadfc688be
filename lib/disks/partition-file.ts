import type { Row } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import { STORE } from './disk-plan.ts';
import { mebibytes } from './size.ts';

/** What a partition file of xCAT comes to: disklayout rows, and what is wrong with it. */
export interface PartitionRows {
  readonly rows: readonly Row[];
  readonly problems: readonly StateliteError[];
}

/**
 * Reads xCAT's partition file in `format` form (xCAT's localdisk documentation): `enable=yes`, `enablepart=yes`, sections [disk], [localspace], [swapspace].
 * Disks get a GPT and are never cleared: `ptype` and `clear` are read and mean nothing. [localspace] is the store, and is labelled localspace.
 */
export function readPartitionFile(text: string, path: string): PartitionRows {
  const problems: StateliteError[] = [];
  const refuse = (line: number, what: string, hint: string): void => {
    problems.push(new StateliteError('LAYOUT_INVALID', `partitionfile ${path}, line ${line}: ${what}`, { hint }));
  };
  const { globals, sections } = readSections(text, refuse);
  if (globals.get('enable') !== 'yes') return { rows: [], problems };
  if (globals.get('enablepart') !== 'yes') {
    refuse(1, 'without enablepart=yes it means partitions that something else has made', 'write enablepart=yes: a blank disk is made once and kept, clear=yes or not; or chtab node=<node> localdisk.layout=none');
    return { rows: [], problems };
  }
  const uses = new Map(sections.filter(({ name }) => name !== 'disk').map((section) => [section.values.get('dev') ?? '', section]));
  const found = sections.filter(({ name }) => name === 'disk').map((section, index) => rowsOfDisk(section, index, path, uses, refuse));
  const rows = found.flatMap(({ rows: some }) => some);
  for (const [dev, { name, line }] of uses) {
    if (!found.some(({ devices }) => devices.includes(dev))) refuse(line, `[${name}] dev=${dev} is no partition of a [disk] of this file`, 'parts= of its [disk] counts partitions from 1: /dev/sda1, /dev/nvme0n1p1');
  }
  return { rows: labelled(rows), problems };
}

// --- internal ---

type Refuse = (line: number, what: string, hint: string) => void;

interface Section {
  readonly name: string;
  readonly line: number;
  readonly values: ReadonlyMap<string, string>;
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['enable', 'enablepart'], disk: ['dev', 'clear', 'ptype', 'fstype', 'parts'], localspace: ['dev', 'fstype'], swapspace: ['dev'],
};

const FORM = 'a partition file has enable=yes, enablepart=yes, [disk] with dev= and parts=, [localspace] and [swapspace] with dev=';

function readSections(text: string, refuse: Refuse): { readonly globals: ReadonlyMap<string, string>; readonly sections: readonly Section[] } {
  const globals = new Map<string, string>();
  const sections: Section[] = [];
  let name = '';
  let values = globals;
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, section] = /^\[(.*)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== undefined && KEYS[section] !== undefined && section !== '') {
      name = section;
      values = new Map();
      sections.push({ name, line: index + 1, values });
    } else if (key !== undefined && KEYS[name]?.includes(key) === true) values.set(key, value);
    else refuse(index + 1, `${JSON.stringify(line)} is nothing that ${name === '' ? 'it begins with' : `[${name}] has`}`, FORM);
  }
  return { globals, sections };
}

function rowsOfDisk({ values, line }: Section, index: number, path: string, uses: ReadonlyMap<string, Section>, refuse: Refuse): { readonly rows: readonly Row[]; readonly devices: readonly string[] } {
  const disk = values.get('dev') ?? '';
  const parts = (values.get('parts') ?? '').replace(/\s/g, '').split(',').filter(Boolean);
  if (disk === '' || parts.length === 0) refuse(line, '[disk] has no dev= or no parts=', FORM);
  const sizes = sizesOf(parts);
  const devices = parts.map((_, at) => `${disk}${partitionSuffix(disk)}${at + 1}`);
  const rows = parts.flatMap((part, at): readonly Row[] => {
    const size = sizes[at];
    const use = uses.get(devices[at] ?? '');
    const fstype = use?.name === 'swapspace' ? 'swap' : use?.values.get('fstype') ?? values.get('fstype') ?? 'ext4';
    if (size === undefined) {
      refuse(line, `parts=${parts.join()}: "${part}" is neither a share of the disk such as 20 nor a range such as 100M-10G`, FORM);
      return [];
    }
    if (!FILE_SYSTEMS.has(fstype)) refuse(use?.line ?? line, `fstype=${fstype} is not made here`, `one of ${[...new Set(FILE_SYSTEMS.keys())].join(', ')}`);
    return [{
      layout: path, label: use?.name === 'localspace' ? 'localspace' : use?.name === 'swapspace' ? 'swap' : `disk${index + 1}-${at + 1}`, disk, number: String(at + 1), size,
      fstype: FILE_SYSTEMS.get(fstype) ?? fstype, ...(use?.name === 'localspace' ? { mountpoint: STORE } : {}), from: `partitionfile ${path}, line ${line}`,
    }];
  });
  return { rows, devices };
}

/** xCAT's file systems; its journal makes ext4 of ext3, and nobody makes ext2 any more. */
const FILE_SYSTEMS: ReadonlyMap<string, string> = new Map([['ext4', 'ext4'], ['ext3', 'ext4'], ['ext2', 'ext4'], ['xfs', 'xfs'], ['btrfs', 'btrfs'], ['swap', 'swap']]);

const partitionSuffix = (disk: string): string => (disk.startsWith('/dev/disk/') ? '-part' : /\d$/.test(disk) ? 'p' : '');

/** Sizes as disklayout has them: a range is as large as it is, one after the other; what ends at the end of the disk is the rest. */
function sizesOf(parts: readonly string[]): readonly (string | undefined)[] {
  let share = 0;
  return parts.map((part) => {
    const [, first, last] = /^([^-]+)-([^-]+)$/.exec(part) ?? [];
    if (first === undefined || last === undefined) {
      share += /^\d{1,3}%?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
      return Number.isNaN(share) ? undefined : share === 100 ? 'rest' : `${Number.parseInt(part, 10)}%`;
    }
    if (last === '100%') return 'rest';
    const [begin, end] = [pointOf(first), pointOf(last)];
    if (begin === undefined || end === undefined || begin.unit !== end.unit && begin.at !== 0 || end.at <= begin.at) return undefined;
    return `${end.at - begin.at}${end.unit}`;
  });
}

/** A point on the disk: `1G`, `512` (MB), `20%`. */
function pointOf(text: string): { readonly at: number; readonly unit: 'M' | '%' } | undefined {
  if (/^0+[A-Za-z%]*$/.test(text)) return { at: 0, unit: text.endsWith('%') ? '%' : 'M' };
  const [, percent] = /^(\d{1,2})%$/.exec(text) ?? [];
  if (percent !== undefined) return { at: Number(percent), unit: '%' };
  const at = mebibytes(/^\d+$/.test(text) ? `${text}M` : text);
  return at === undefined ? undefined : { at, unit: 'M' };
}

/** Labels are unique on a node: swap, swap2, … */
function labelled(rows: readonly Row[]): readonly Row[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const label = row['label'] ?? '';
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return count === 1 ? row : { ...row, label: `${label}${count}` };
  });
}
