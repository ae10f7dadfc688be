import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { expandVariables } from '../cluster/variables.ts';
import { problemsOf, StateliteError, throwProblems } from '../errors.ts';
import type { Row } from '../../tables/table.ts';
import type { Level } from './policy.ts';
import { levelFor } from './select.ts';

/** A litetree directory, in the order the node searches them. */
export interface Source {
  /** litetree.priority; also the name of its mount point /.statelite/mnt/<priority>. */
  readonly priority: string;
  /** Unset: a directory of the image itself. */
  readonly server?: string;
  readonly directory: string;
  /** litetree.mntopts, '' when unset. */
  readonly options: string;
}

/**
 * The litetree directories a node searches when it boots an image, smallest priority first, variables expanded. Throws every unusable row
 * at once: VARIABLE_UNSET and what else expanding says, ROW_INVALID for what is no `server:/directory` or absolute directory.
 */
export function treesOf(cluster: Cluster, node: string, image: Pick<OsImage, 'name' | 'groups'>): readonly Source[] {
  const { trees, problems } = readTrees(cluster, node, image);
  throwProblems(problems, `problems in the litetree table for ${node}`);
  return trees.flatMap(({ source }) => source ?? []);
}

/** The same without an end at problems: each row that applies, with what it becomes for the node. */
export function readTrees(cluster: Cluster, node: string, image: Pick<OsImage, 'name' | 'groups'>): { readonly trees: readonly Tree[]; readonly problems: readonly StateliteError[] } {
  const problems: StateliteError[] = [];
  const trees = winningTrees(image, cluster.rows('litetree'), problems).map((row): Tree => {
    const written = { priority: row['priority'] ?? '', written: row['directory'] ?? '' };
    try {
      return { ...written, source: readTree(cluster, node, row) };
    } catch (error) {
      problems.push(...problemsOf(error));
      return written;
    }
  });
  return { trees, problems };
}

/** A litetree row that applies, as written and as it is for a node. */
export interface Tree {
  readonly priority: string;
  /** litetree.directory with its variables. */
  readonly written: string;
  /** Unset when the row cannot be used for the node. */
  readonly source?: Source;
}

/** A source as litetree prints it: `[server:]directory[ :options]`. */
export const describeSource = ({ server, directory, options }: Omit<Source, 'priority'>): string =>
  `${server === undefined ? '' : `${server}:`}${directory}${options === '' ? '' : ` :${options}`}`;

// --- internal ---

const LEVELS: readonly Level[] = ['all', 'group', 'image'];

// Of the rows with one priority, the one that is most specific for the image.
function winningTrees(image: Pick<OsImage, 'name' | 'groups'>, rows: readonly Row[], problems: StateliteError[]): Row[] {
  const winners = new Map<number, { readonly row: Row; readonly rank: number }>();
  for (const row of rows) {
    const level = levelFor(image, row['image'] ?? '');
    if (level === undefined) continue;
    const priority = Number(row['priority']);
    const rank = LEVELS.indexOf(level);
    const rival = winners.get(priority);
    if (rival?.rank === rank) problems.push(new StateliteError('ROW_INVALID', `litetree rows ${describeRow(rival.row)} and ${describeRow(row)} have the same priority`, { hint: 'give each directory a priority of its own' }));
    else if (rival === undefined || rival.rank < rank) winners.set(priority, { row, rank });
  }
  return [...winners].sort(([one], [two]) => one - two).map(([, { row }]) => row);
}

const describeRow = (row: Row): string => `priority=${row['priority'] ?? ''} image=${row['image'] ?? ''}`;

function readTree(cluster: Cluster, node: string, row: Row): Source {
  const where = `litetree row priority=${row['priority'] ?? ''}`;
  const text = expandVariables(cluster, node, row['directory'] ?? '', where).replace(/\/{2,}/g, '/');
  const [, server, directory = ''] = /^(?:([^/\s]+):)?(\/.*)$/.exec(text) ?? [];
  const refuse = (why: string): StateliteError =>
    new StateliteError('ROW_INVALID', `${where}: the directory of ${node} is ${JSON.stringify(text)}: ${why}`, { hint: 'write server:/directory, or an absolute directory of the image' });
  if (directory === '') throw refuse('it is neither server:/directory nor an absolute directory');
  if (directory.split('/').includes('..')) throw refuse('it has .. in it');
  if (/[\0\n]/.test(text)) throw refuse('it holds a NUL or a line end');
  const common = { priority: row['priority'] ?? '', directory, options: row['mntopts'] ?? '' };
  return server === undefined ? common : { ...common, server };
}
