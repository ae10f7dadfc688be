import type { ErrorCode, StateliteError } from '../errors.ts';
import { kindOf, writeOption } from '../policy/option.ts';
import type { PolicyRow, SelectedRow } from '../policy/policy.ts';
import { describeRow, levelFor } from '../policy/select.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CheckCode, Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** What is wrong with the rows of an image for themselves: refused ones, dead ones, twins, those under volatile paths, ro and con without a source. */
export function checkRows(view: ImageView): readonly Finding[] {
  const { resolved: { rows, problems } } = view;
  return [...problems.map((problem) => ofProblem(problem, view)), ...dead(view), ...twins(view), ...volatile(view), ...rows.flatMap((row) => sourceless(row, view))];
}

/** Rows that are for no image of the tables. */
export function checkImageCells(cluster: Cluster): readonly Finding[] {
  const images = cluster.rows('osimage').flatMap((row) => cluster.image(row['imagename'] ?? '') ?? []);
  return cluster.rows('litefile').filter((row) => !images.some((image) => levelFor(image, row['image'] ?? '') !== undefined) && levelFor(NO_IMAGE, row['image'] ?? '') === undefined).map((row) => ({
    code: 'SL005', row: describeRow(row), reason: `no osimage row has the name or group ${row['image'] ?? ''}, so the row is for no image`, fix: 'name an image, one of its groups, or ALL; or remove the row',
  }));
}

// --- internal ---

const NO_IMAGE = { name: '', groups: [] };

const CODES: Partial<Readonly<Record<ErrorCode, CheckCode>>> = { OPTION_INVALID: 'SL001', PATH_INVALID: 'SL002', NESTING_REFUSED: 'SL004' };

function ofProblem({ code, message, hint = '' }: StateliteError, { cluster }: ImageView): Finding {
  const row = cluster.rows('litefile').map(describeRow).filter((text) => message.startsWith(text)).sort((one, two) => two.length - one.length)[0];
  const reason = row === undefined ? message : message.slice(row.length).replace(/^: /, '').trimStart();
  return { code: CODES[code] ?? 'SL003', ...(row === undefined ? {} : { row }), reason, fix: hint };
}

// A path that is in the image already, below a directory of the same option, is what it would be without its row.
function dead({ selection, facts, resolved: { rows } }: ImageView): Finding[] {
  const byReal = new Map(rows.map((row) => [row.real, row]));
  const types = new Map(selection.rows.map(({ path }) => [path, facts.get(path)?.type]));
  return rows.flatMap((row) => {
    const parent = row.parent === undefined ? undefined : byReal.get(row.parent);
    if (parent === undefined || types.get(row.path) === 'missing' || row.option.mode !== 'rw' || writeOption(parent.option) !== writeOption(row.option)) return [];
    return [{ code: 'SL006', row: row.reason, reason: `${parent.reason} is ${writeOption(parent.option)} as well and holds ${row.real}`, fix: 'remove the row' }];
  });
}

function twins({ selection, facts }: ImageView): Finding[] {
  const first = new Map<string, SelectedRow>();
  return selection.rows.flatMap((row) => {
    const real = facts.get(row.path)?.real ?? row.path;
    const other = first.get(real);
    first.set(real, other ?? row);
    if (other === undefined || writeOption(other.option) !== writeOption(row.option)) return [];
    return [{ code: 'SL007', row: row.reason, reason: `it is ${real} in the image, and so is ${other.reason}`, fix: `keep one of the rows, best the one that names ${real}` }];
  });
}

function volatile({ selection, facts }: ImageView): Finding[] {
  return selection.rows.flatMap((row) => {
    const why = facts.get(row.path)?.volatile;
    return why === undefined ? [] : [{ code: 'SL008', row: row.reason, reason: `${why}, which is volatile on every node`, fix: 'remove the row; nothing is done for it' }];
  });
}

function sourceless(row: PolicyRow, { cluster, image, facts }: ImageView): Finding[] {
  const kind = kindOf(row.option);
  if ((kind !== 'ro' && kind !== 'con') || cluster.rows('litetree').some((tree) => levelFor(image, tree['image'] ?? '') !== undefined)) return [];
  const nothing = facts.get(row.path)?.type === 'missing' ? `and ${row.path} is not in the image: nodes find it empty` : kind === 'ro' ? 'and the image is read-only anyway' : 'so there is nothing to join to the image\'s file';
  return [{ code: 'SL009', row: row.reason, reason: `the option is ${kind}, but no litetree row is for this image, ${nothing}`, fix: 'chtab priority=1 litetree.directory=server:/directory, or remove the row' }];
}
