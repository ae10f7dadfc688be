import { counted } from '../counted.ts';
import type { Culprit, PieceTimes } from './blame.ts';
import { SERVICES } from './boot.ts';
import { megabytes, seconds } from './render.ts';
import type { Slow } from './slow.ts';

/** What `litestat --slow` prints: the table of phases, what costs most in them, then who stands out and because of what. */
export function renderSlow({ phases, pieces, outliers, unfinished }: Slow): string {
  if (phases.length === 0) return 'no boot was reported';
  const shown = outliers.slice(0, MOST_OUTLIERS);
  return [
    ...table([['phase', 'nodes', 'p50', 'p95', 'slowest', 'on'], ...phases.map(({ phase, ...times }) => [phase, ...figures(times)])]),
    ...costly(pieces),
    ...(shown.length === 0 ? [] : ['']),
    ...shown.flatMap(renderOutlier),
    ...(outliers.length === shown.length ? [] : [`and ${outliers.length - shown.length} more that stand out less: --json has them all`]),
    ...Object.entries(unfinished).length === 0 ? [] : ['', `not booted: ${Object.entries(unfinished).map(([state, count]) => `${count} ${state === 'unknown' ? 'without a report' : state}`).join(', ')}; litestat tells why`],
  ].join('\n');
}

// --- internal ---

const MOST_OUTLIERS = 20;
const MOST_PIECES = 5;
const COSTLY_MS = 100;

const figures = ({ nodes, p50, p95, slowest }: Pick<PieceTimes, 'nodes' | 'p50' | 'p95' | 'slowest'>): readonly string[] =>
  [String(nodes), seconds(p50), seconds(p95), seconds(slowest.took), slowest.node];

/** Columns of a width, figures to the right, the first and what follows the fifth to the left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => row.map((cell, column) => (column === 0 || column > 4 ? cell.padEnd(width(column)) : cell.padStart(width(column)))).join('  ').trimEnd());
}

/** Pieces that cost a tenth of a second on one node of twenty; those that share their time, being of one pass, are told once, by what is most to copy. */
function costly(pieces: readonly PieceTimes[]): readonly string[] {
  const groups = new Map<string, PieceTimes[]>();
  for (const piece of pieces.filter(({ name, p95 }) => name !== SERVICES && p95 >= COSTLY_MS)) {
    const key = [piece.phase, piece.p50, piece.p95, piece.slowest.took].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  const rows = [...groups.values()].slice(0, MOST_PIECES).flatMap(([first, ...others]) => (first === undefined ? [] : [[first.phase, ...figures(first), `${first.name}${others.length === 0 ? '' : ` +${others.length}`}`]]));
  return rows.length === 0 ? [] : ['', ...table([['phase', 'nodes', 'p50', 'p95', 'slowest', 'on', 'row, litetree or script'], ...rows])];
}

function renderOutlier({ node, phase, took, p50, failed, warnings, culprits }: Slow['outliers'][number]): readonly string[] {
  return [
    `${phase} took ${seconds(took)}, on half of the nodes at most ${seconds(p50)}`,
    ...culprits.flatMap(renderCulprit),
    ...(culprits.length > 0 ? [] : warnings.map((warning) => `  warning: ${warning}`)),
    ...failed.map((path) => `  row FAILED ${path}`),
  ].map((line) => `${node}: ${line}`);
}

function renderCulprit({ name, ms, p50, bytes = 0, p50Bytes, option, origin = '', detail, together }: Culprit): readonly string[] {
  const copied = bytes === 0 && p50Bytes === 0 ? '' : `, ${megabytes(bytes)} copied (half: ${megabytes(p50Bytes)})`;
  const others = together === 0 ? '' : `, with ${counted(together, 'other row')}`;
  return [
    `  ${name}${detail === undefined ? '' : `, ${detail}`}`,
    `    ${seconds(ms)} (half: ${seconds(p50)})${copied}`,
    ...(option === undefined ? [] : [`    ${option} from ${source(origin)}${others}`]),
  ];
}

/** The words of the node for where a row's content is from, as an admin says them. */
const source = (origin: string): string => origin.split('+').map((one) => (/^\d+$/.test(one) ? `litetree ${one}` : (SOURCES[one] ?? one))).join(' and ');

const SOURCES: Readonly<Record<string, string>> = { default: 'the image', root: 'the image', overlay: 'overlays', store: 'the store' };
