import type { Row } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import { STORE } from './disk-plan.ts';
import { mebibytes } from './size.ts';

/** What a partition file of xCAT comes to: disklayout rows, what is wrong with it, and what of it means something else than in xCAT, each with its line. */
export interface PartitionRows {
  readonly rows: readonly Row[];
  readonly problems: readonly StateliteError[];
  readonly notices: readonly string[];
}

/** What linuximage.partitionfile names; undefined when it is no path of a file or, after s:, of a script. */
export function partitionPath(written: string): { readonly path: string; readonly isScript: boolean } | undefined {
  const [, script, path] = /^(s:)?(\/.*)$/.exec(written) ?? [];
  return path === undefined ? undefined : { path, isScript: script !== undefined };
}

/**
 * Reads xCAT's partition file in `format` form (xCAT's localdisk documentation): `enable=yes`, `enablepart=yes`, sections [disk], [localspace], [swapspace].
 * Disks get a GPT and are never cleared: `ptype` and `clear` are read and mean nothing. [localspace] is the store, and is labelled localspace.
 * [localspace] and [swapspace] are partitions of the [disk] sections, or, without enablepart=yes and on disks without a section, existing ones.
 */
export function readPartitionFile(text: string, path: string): PartitionRows {
  const problems: StateliteError[] = [];
  const notices: string[] = [];
  const refuse = (line: number, what: string, hint: string): void => {
    problems.push(new StateliteError('LAYOUT_INVALID', `partitionfile ${path}, line ${line}: ${what}`, { hint }));
  };
  const { globals, sections } = readSections(text, refuse);
  if (globals.get('enable') !== 'yes') return { rows: [], problems, notices: ['it does not say enable=yes: it gives nodes no local disk'] };
  const made = sections.filter(({ name }) => name === 'disk' && globals.get('enablepart') === 'yes');
  if (globals.get('enablepart') !== 'yes') notices.push('it does not say enablepart=yes: no disk is made, [localspace] and [swapspace] are used where nodes have them as they say, and nodes without them boot with a warning');
  notices.push(...made.flatMap(({ values, line }) => (values.get('clear') === 'yes' ? [`line ${line}: clear=yes clears nothing: a blank disk is made once and kept, all others are refused`] : [])));
  const uses = new Map(sections.filter(({ name }) => name !== 'disk').map((section) => [section.values.get('dev') ?? '', section]));
  const found = made.map((section, index) => rowsOfDisk(section, index, path, uses, refuse));
  const disks = new Set(made.map(({ values }) => values.get('dev')));
  const existing = [...uses.values()].filter(({ values }) => !found.some(({ devices }) => devices.includes(values.get('dev') ?? ''))).flatMap((section) => existingRow(section, disks, path, refuse));
  return { rows: labelled([...found.flatMap(({ rows }) => rows), ...existing]), problems, notices };
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
    if (size === undefined) {
      refuse(line, `parts=${parts.join()}: "${part}" is neither a share of the disk such as 20 nor a range such as 100M-10G`, FORM);
      return [];
    }
    const fstype = use?.name === 'swapspace' ? 'swap' : fileSystem(use?.values.get('fstype') ?? values.get('fstype') ?? 'ext4', use?.line ?? line, refuse);
    return [{ layout: path, ...(use === undefined ? { label: `disk${index + 1}-${at + 1}` } : useOf(use.name)), disk, number: String(at + 1), size, fstype, from: `partitionfile ${path}, line ${line}` }];
  });
  return { rows, devices };
}

/** A partition that something else has made, as xCAT takes it without enablepart=yes. */
function existingRow({ name, line, values }: Section, made: ReadonlySet<string | undefined>, path: string, refuse: Refuse): readonly Row[] {
  const dev = values.get('dev') ?? '';
  const [, disk, number] = /^(\/dev\/disk\/.+)-part(\d+)$/.exec(dev) ?? /^(\/dev\/\w*\d)p(\d+)$/.exec(dev) ?? /^(\/dev\/[a-z]+)(\d+)$/.exec(dev) ?? [];
  if (disk === undefined || number === undefined) refuse(line, `[${name}] dev=${dev} is no partition of a disk`, 'write /dev/sda1, /dev/nvme0n1p1 or /dev/disk/by-id/…-part1');
  else if (made.has(disk)) refuse(line, `[${name}] dev=${dev} is no partition of a [disk] of this file`, 'parts= of its [disk] counts partitions from 1: /dev/sda1, /dev/nvme0n1p1');
  else return [{ layout: path, ...useOf(name), disk, number, fstype: name === 'swapspace' ? 'swap' : fileSystem(values.get('fstype') ?? 'ext4', line, refuse), existing: 'yes', nofail: 'yes', from: `partitionfile ${path}, line ${line}` }];
  return [];
}

/** Label and mount point of what xCAT has two words for. */
const useOf = (name: string): Row => (name === 'localspace' ? { label: 'localspace', mountpoint: STORE } : { label: 'swap' });

function fileSystem(written: string, line: number, refuse: Refuse): string {
  const known = FILE_SYSTEMS.get(written);
  if (known === undefined) refuse(line, `fstype=${written} is not made here`, `one of ${[...FILE_SYSTEMS.keys()].join(', ')}`);
  return known ?? written;
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
