import { formatNoderange } from '../cluster/format-noderange.ts';
import { describeParts } from '../disks/describe.ts';
import type { PlanRow } from '../plan/boot-plan.ts';
import type { PlanGroup } from '../plan/general.ts';
import { optionText } from '../plan/diff.ts';
import { describeSource } from '../policy/trees.ts';

/** A plan, or that of several nodes, for people. */
export function planLines({ image, store, overlays = [], sources, disks, rows, hashes }: PlanGroup): readonly string[] {
  const nodes = [...hashes.keys()];
  const [hash = ''] = hashes.values();
  return [
    `${formatNoderange(nodes)}${nodes.length === 1 ? '' : ` (${nodes.length} nodes)`}`,
    `    image: ${image}`,
    `    hash:  ${nodes.length === 1 ? hash : 'one for each node, see --json'}`,
    `    store: ${store === undefined ? 'none' : describeSource({ ...store, directory: `${store.directory.replace(/\/$/, '')}/${nodes.length === 1 ? nodes[0] ?? '' : '$node'}` })}`,
    ...overlays.length === 0 ? [] : [`    overlays: ${[...new Set(overlays.flatMap((one) => one.overlays))].sort().join(', ')}; searched first`],
    `    sources${sources.length === 0 ? ': the image only' : ', then the image:'}`,
    ...sources.map((source) => `        ${source.priority}  ${describeSource(source)}`),
    ...(disks === undefined ? [] : ['    disks:', ...disks.flatMap((plan) => [`        ${plan.disk}`, ...describeParts(plan).map((part) => `            ${part}`)])]),
    `    rows${rows.length === 0 ? ': none' : ':'}`,
    ...table(rows.map(cells)).map((line) => `        ${line}`),
  ];
}

// --- internal ---

const cells = (row: PlanRow): readonly string[] => [
  optionText(row), row.mechanism, row.type, row.type === 'directory' ? `${row.path}/` : row.path, row.parent === undefined ? '' : `below ${row.parent}/${row.covered ? ', which does all for it' : ''}`,
];

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}
