import { problemAt, problemsOf, StateliteError } from '../errors.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { remember } from '../cluster/remember.ts';
import type { Row } from '../../tables/table.ts';
import { parseOption, type Mechanism, type ParsedOption } from './option.ts';
import { parseLitePath } from './path.ts';
import type { Level, Notice, SelectedRow, Selection } from './policy.ts';

/** How a row's `image` cell applies to an image, or undefined when it does not: image name > image group > ALL = empty. */
export function levelFor(image: Pick<OsImage, 'name' | 'groups'>, cell: string): Level | undefined {
  if (cell === image.name) return 'image';
  if (cell === '' || /^all$/i.test(cell)) return 'all';
  return image.groups.includes(cell) ? 'group' : undefined;
}

/** A litefile row as messages name it. */
export const describeRow = (row: Row): string => `litefile row image=${row['image'] ?? ''} file=${row['file'] ?? ''}`;

/** The litefile rows of an image, as the tables have them. Throws ROW_INVALID when site.litemechanism is no mechanism. */
export function litefileRows(cluster: Cluster, image: Pick<OsImage, 'name' | 'groups'>): Selection {
  const mechanism = cluster.site('litemechanism');
  if (mechanism === 'link' || mechanism === 'bind') return selectRows(image, cluster.rows('litefile'), mechanism);
  throw new StateliteError('ROW_INVALID', `site row key=litemechanism: the value is ${JSON.stringify(mechanism)}, wanted link or bind`, { hint: 'chtab key=litemechanism site.value=link' });
}

/** Picks the enabled litefile rows that apply to an image and win; the most specific row of a path wins, the same path twice at one level is a problem. */
export function selectRows(image: Pick<OsImage, 'name' | 'groups'>, rows: readonly Row[], mechanismDefault: Mechanism = 'link'): Selection {
  const notices: Notice[] = [];
  const problems: StateliteError[] = [];
  const byPath = new Map<string, SelectedRow[]>();
  const levelOf = remember((cell: string) => levelFor(image, cell));
  const optionOf = remember((written: string) => parseOption(written, mechanismDefault));
  for (const row of rows) {
    const level = levelOf(row['image'] ?? '');
    if (level === undefined) continue;
    const selected = attempt(problems, row, () => readRow(row, level, optionOf, notices));
    if (selected === undefined) continue;
    const others = byPath.get(selected.path);
    const twin = others?.find((other) => other.level === level);
    if (others === undefined) byPath.set(selected.path, [selected]);
    else if (twin === undefined) others.push(selected);
    else problems.push(duplicate(twin, selected));
  }
  return { rows: [...byPath.keys()].sort().map((path) => winner(byPath.get(path) ?? [])), notices, problems };
}

// --- internal ---

const ORDER: readonly Level[] = ['image', 'group', 'all'];

function readRow(row: Row, level: Level, optionOf: (written: string) => ParsedOption, notices: Notice[]): SelectedRow {
  const written = row['options'] ?? '';
  const { path, directory, notice: pathNotice } = parseLitePath(row['file'] ?? '');
  const { option, notice: optionNotice } = optionOf(written);
  if (pathNotice !== undefined) notices.push({ path, text: pathNotice });
  if (optionNotice !== undefined) notices.push({ path, text: `${path}: ${optionNotice}` });
  return { path, directory, option, written, image: row['image'] ?? '', level, reason: describeRow(row) };
}

// What is wrong with one row becomes a problem that names the row, and the other rows are still read.
function attempt<T>(problems: StateliteError[], row: Row, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(...problemsOf(error).map((problem) => problemAt(describeRow(row), problem)));
    return undefined;
  }
}

const slash = (row: SelectedRow): string => (row.directory ? `${row.path}/` : row.path);

const duplicate = (first: SelectedRow, second: SelectedRow): StateliteError =>
  new StateliteError('LITEFILE_INVALID', `${first.path} is listed twice: litefile rows image=${first.image} file=${slash(first)} (${first.written || 'blank'}) and image=${second.image} file=${slash(second)} (${second.written || 'blank'})`, {
    hint: 'remove one of them: chtab -d image=… file=… litefile, or disable it',
  });

// The most specific of the rows of a path, one of each level at most.
function winner(rows: readonly SelectedRow[]): SelectedRow {
  const [first, ...beaten] = rows.length === 1 ? rows : ORDER.flatMap((level) => rows.filter((row) => row.level === level));
  if (first === undefined) throw new Error('a path without rows');
  const over = beaten.map((row) => `image=${row.image}`).join(', ');
  return beaten.length === 0 ? first : { ...first, reason: `${first.reason} (more specific than ${over})` };
}
