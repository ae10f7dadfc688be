import type { Cluster } from '../cluster/cluster.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import { optionText } from '../plan/diff.ts';
import { tracePath } from './trace.ts';
import type { Candidate, DecidingRow, PathInImage, TreeSearch, Why } from './why.ts';

/** litewhy: why a node sees what it sees at a path, with every row and directory that had a say. Throws as tracePath does. */
export function litewhy({ system }: Context, cluster: Cluster, { node, path, json }: { readonly node: string; readonly path: string; readonly json: boolean }): Result {
  const why = tracePath(system, cluster, node, path);
  return done(json ? toJson(why) : whyLines(why).join('\n'));
}

// --- internal ---

function whyLines(why: Why): readonly string[] {
  const { node, image, path, place, candidates, row, trees, from, sees, chain, pending, problems, suggestion } = why;
  return [
    `${node}: ${path} is ${sees.text}`,
    `  content from: ${from}`,
    ...(sees.where === path ? [] : [`  on the node:  ${sees.where}`]),
    ...section(`In the image ${image}:`, placeLines(place)),
    ...section('Litefile rows:', candidates.length === 0 ? ['none for it or a directory above it'] : [...candidates.map(candidateLine), ...(row === undefined ? [] : rowLines(row))]),
    ...section('Searched for content, in this order, the image last:', trees.flatMap(treeLines)),
    ...section('The tree as it is now:', chain),
    ...section('Wrong:', problems),
    ...section('To do:', [
      ...(pending === undefined ? [] : [`${pending}: liteimg ${image}`]),
      ...(suggestion === undefined ? [] : [`to make it writable: ${suggestion}`]),
    ]),
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [title, ...lines.map((line) => `    ${line}`)]);

const placeLines = ({ real, type, symlinks, volatile, problem }: PathInImage): readonly string[] => [
  ...symlinks.map((link) => `symlink ${link.path} leads to ${link.leadsTo}`),
  `${real}: ${type}${volatile === undefined ? '' : `, ${volatile}`}`,
  ...(problem === undefined ? [] : [`it cannot be reached: ${problem}`]),
];

const candidateLine = ({ row, options, level, wins, reason }: Candidate): string =>
  `${wins ? 'wins' : 'lost'}  ${row} options=${options}${level === undefined ? '' : ` (${LEVELS[level]})`}: ${reason}`;

const LEVELS = { image: 'names the image', group: 'a group of the image', all: 'for all images' } as const;

const rowLines = (row: DecidingRow): readonly string[] => [
  `${JSON.stringify(row.written)} is read as ${optionText(row)}: ${row.storage}, ${row.mode}, by ${row.mechanism}; the row is a ${row.type}`,
  ...(row.parents.length === 0 ? [] : [`it lies below ${row.parents.map((path) => `${path}/`).join(', below ')}${row.covered ? ', whose content does all for it' : ''}`]),
];

const treeLines = ({ priority, written, variables, expanded, found, note }: TreeSearch): readonly string[] => [
  `${priority}  ${expanded ?? written}: ${found === 'there' ? 'there, ' : ''}${note}`,
  ...variables.map(({ written: variable, value, from }) => `       ${variable}${value === undefined ? '' : ` = ${value}`} (${from})`),
];
