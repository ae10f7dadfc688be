import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { remember } from '../cluster/remember.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { attemptEach, refusalFacts, refusalLines, type Attempts } from '../refusals.ts';
import type { SelectedRow } from './policy.ts';
import { litefileRows } from './select.ts';
import { describeSource, treesOf } from './trees.ts';

/** litefile: the rows that apply to each node's image, as `<node>: <option padded to 13> <path>`. */
export function listLitefiles(context: Context, cluster: Cluster, noderange: string, json: boolean): Result {
  const rowsOf = remember((image: OsImage): readonly SelectedRow[] => soundRows(cluster, image));
  const attempts = attemptEach(expandNoderange(cluster, noderange), (node) => ({ node, rows: rowsOf(cluster.imageOf(node)) }));
  return tell(context, attempts, json, {
    text: ({ node, rows }) => rows.map((row) => litefileLine(node, row)),
    facts: ({ node, rows }) => rows.map((row) => ({ node, ...rowFacts(row) })),
  });
}

/** ilitefile: the rows that apply to an image. Throws IMAGE_UNKNOWN, and every row that cannot be used. */
export function listImageLitefiles(cluster: Cluster, name: string, json: boolean): Result {
  const image = knownImage(cluster, name);
  const rows = soundRows(cluster, image);
  return { exitCode: 0, output: json ? toJson(rows.map((row) => ({ image: name, ...rowFacts(row) }))) : rows.map((row) => litefileLine(name, row)).join('\n') };
}

/** litetree: each node's directories in the order they are searched, as `<node>: [server:]directory[ :options]`. */
export function listTrees(context: Context, cluster: Cluster, noderange: string, json: boolean): Result {
  const attempts = attemptEach(expandNoderange(cluster, noderange), (node) => ({ node, sources: treesOf(cluster, node, cluster.imageOf(node)) }));
  return tell(context, attempts, json, {
    text: ({ node, sources }) => sources.map((source) => `${node}: ${describeSource(source)}`),
    facts: ({ node, sources }) => sources.map((source) => ({ node, ...source })),
  });
}

/** A row as listings show it: its option, blank and ALL in xCAT's words, and its path as written. */
export const rowText = (row: SelectedRow): string => `${optionText(row).padEnd(13)} ${writtenPath(row)}`;

/** What `--json` says of a row. */
export const rowFacts = (row: SelectedRow): object => {
  const { option, written, image, level, reason } = row;
  return { path: writtenPath(row), options: written, ...option, image, level, reason };
};

/** The litefile rows of an image. Throws every row that cannot be used. */
export function soundRows(cluster: Cluster, image: OsImage): readonly SelectedRow[] {
  const { rows, problems } = litefileRows(cluster, image);
  throwProblems(problems, 'problems in the litefile table');
  return rows;
}

/** An image by name. Throws IMAGE_UNKNOWN. */
export function knownImage(cluster: Cluster, name: string): OsImage {
  const image = cluster.image(name);
  if (image !== undefined) return image;
  throw new StateliteError('IMAGE_UNKNOWN', `The osimage named '${name}' is not defined.`, { hint: 'tabdump osimage lists the images; genimage makes one' });
}

/** Prints what is known of each node, and refuses the others by name. */
export function tell<T>(context: Context, { done, refused }: Attempts<T>, json: boolean, how: Telling<T>): Result {
  for (const line of refusalLines(refused)) context.notice(line);
  const output = json ? toJson([...done.flatMap(how.facts), ...refusalFacts(refused)]) : done.flatMap(how.text).join('\n');
  return { exitCode: refused.length === 0 ? 0 : 1, output };
}

/** How something is printed: as lines, and as facts for `--json`. */
export interface Telling<T> {
  readonly text: (one: T) => readonly string[];
  readonly facts: (one: T) => readonly object[];
}

// --- internal ---

const optionText = ({ written }: SelectedRow): string => (written.trim() === '' || /^all$/i.test(written.trim()) ? 'tmpfs,rw' : written);

const writtenPath = ({ path, directory }: SelectedRow): string => (directory ? `${path}/` : path);

const litefileLine = (owner: string, row: SelectedRow): string => `${owner}: ${rowText(row)}`;
