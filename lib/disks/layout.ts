import type { Row } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import { columnProblems } from './column-problems.ts';
import { STORE, type DiskPlan, type FileSystem, type PartPlan } from './disk-plan.ts';
import { readSelector } from './selector.ts';
import { partSize } from './size.ts';

/** Disks with their partitions, and everything that is wrong with the rows they were made from. */
export interface ReadLayout {
  readonly disks: readonly DiskPlan[];
  readonly problems: readonly StateliteError[];
}

/** Reads the rows of all layouts that one node has. */
export function readLayout(rows: readonly Row[]): ReadLayout {
  const read = rows.map((row) => ({ row, disk: readSelector(row['disk'] ?? ''), part: readPart(row) }));
  const problems = [...read.flatMap(({ row, part }) => rowProblems(row, part)), ...pairProblems(read)];
  const disks = new Map<string, PartPlan[]>();
  for (const { disk, part } of read) if (disk !== undefined && part !== undefined) disks.set(disk, [...disks.get(disk) ?? [], part]);
  const plans = [...disks].map(([disk, parts]) => ({ disk, parts: parts.sort((one, two) => one.number - two.number) }));
  return { disks: plans, problems: [...problems, ...plans.flatMap((plan) => diskProblems(plan, rows))] };
}

// --- internal ---

interface ReadRow {
  readonly row: Row;
  readonly disk: string | undefined;
  readonly part: PartPlan | undefined;
}

/** Longest label of a file system in bytes; that of a GPT partition is 36. */
const LONGEST_LABEL: Readonly<Record<FileSystem, number>> = { ext4: 16, xfs: 12, btrfs: 36, swap: 16 };

/** Columns that a row without a value is wrong for. */
const REQUIRED: ReadonlySet<string> = new Set(['label', 'disk']);

/** MiB that mkfs wants at least. */
const SMALLEST: Readonly<Record<FileSystem, number>> = { ext4: 8, xfs: 300, btrfs: 120, swap: 1 };

/** The row, or the lines of the partition file it was made from. */
const nameOf = (row: Row): string => row['from'] ?? `disklayout row layout=${row['layout'] ?? ''} label=${row['label'] ?? ''}`;

const invalid = (row: Row, what: string, hint = row['from'] === undefined ? `chtab layout=${row['layout'] ?? ''} label=${row['label'] ?? ''} disklayout.<column>=<value>` : `edit ${row['layout'] ?? ''}`): StateliteError =>
  new StateliteError('LAYOUT_INVALID', `${nameOf(row)}: ${what}`, { hint });

function readPart(row: Row): PartPlan | undefined {
  const size = partSize(row['size'] ?? '');
  if (size === undefined) return undefined;
  const mount = row['mountpoint'] ?? '';
  return Object.freeze({
    number: Number(row['number']), label: row['label'] ?? '', size, fstype: row['fstype'] as FileSystem,
    mount: mount.replace(/(?<=.)\/+$/, ''), options: (row['mntopts'] ?? '').replace(/\s+/g, ''),
    nofail: row['nofail'] === 'yes', grow: row['grow'] === 'yes', existing: row['existing'] === 'yes', populate: (row['populate'] ?? '').replace(/(?<=.)\/+$/, ''),
  });
}

function rowProblems(row: Row, part: PartPlan | undefined): StateliteError[] {
  const { label = '', fstype = '', mountpoint = '', populate = '', size = '' } = row;
  const found = Object.entries(columnProblems).flatMap(([column, problemOf]) => {
    const value = row[column] ?? '';
    const problem = value === '' && !REQUIRED.has(column) ? undefined : problemOf(value);
    return problem === undefined ? [] : [`${column}: ${problem}`];
  });
  const longest = LONGEST_LABEL[fstype as FileSystem];
  if (label.length > longest) found.push(`the label has ${label.length} characters, ${fstype} takes ${longest}`);
  const least = SMALLEST[fstype as FileSystem];
  if (part?.size.endsWith('M') === true && Number(part.size.slice(0, -1)) < least) found.push(`${fstype} needs ${least}M at least, size is ${size}`);
  if (fstype === 'swap' && mountpoint !== '') found.push('swap has no mount point');
  if (fstype === 'swap' && populate !== '') found.push('swap cannot be populated');
  if (mountpoint === STORE && populate !== '') found.push('the store is filled by litefile rows, not by populate');
  if (part?.grow === true && (part.size !== 'rest' || fstype === 'swap')) found.push('only a file system with the rest of the disk can grow');
  return found.map((what) => invalid(row, what));
}

/** Labels, mount points and numbers that two partitions of a node cannot share. */
function pairProblems(rows: readonly ReadRow[]): StateliteError[] {
  const shared = (what: string, keyOf: (row: ReadRow) => string | undefined): StateliteError[] => {
    const first = new Map<string, Row>();
    return rows.flatMap((one) => {
      const key = keyOf(one);
      if (key === undefined) return [];
      const other = first.get(key);
      if (other === undefined) first.set(key, one.row);
      return other === undefined ? [] : [invalid(one.row, `${nameOf(other)} has the same ${what}`)];
    });
  };
  return [
    ...shared('label', ({ row }) => row['label']),
    ...shared('mount point', ({ part }) => (part === undefined || part.mount === '' ? undefined : part.mount)),
    ...shared('disk and number', ({ disk, part }) => (disk === undefined || part === undefined ? undefined : `${disk} ${part.number}`)),
  ];
}

function diskProblems({ disk, parts }: DiskPlan, rows: readonly Row[]): StateliteError[] {
  const rowOf = ({ label }: PartPlan): Row => rows.find((row) => row['label'] === label) ?? {};
  const last = parts.at(-1);
  const notLast = parts.filter((part) => part.size === 'rest' && part !== last && !part.existing);
  const percent = parts.reduce((sum, { size }) => sum + (size.endsWith('%') ? Number(size.slice(0, -1)) : 0), 0);
  return [
    ...notLast.map((part) => invalid(rowOf(part), `it takes the rest of ${disk}, but partition ${last?.number ?? 0} comes after it`)),
    ...percent >= 100 && last !== undefined ? [invalid(rowOf(last), `the partitions of ${disk} want ${percent}% of it, and the partition table has its place too: give the last one the rest`)] : [],
  ];
}
