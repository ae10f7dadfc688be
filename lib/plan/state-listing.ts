import type { Cluster } from '../cluster/cluster.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { knownImage, rowFacts, rowText, soundRows, tell } from '../policy/listing.ts';
import { describeSource, treesOf } from '../policy/trees.ts';
import { attemptEach } from '../refusals.ts';
import { storeOf } from './store.ts';

/** lslite: for each node its image, where its persistent files live, its litefile rows and its litetree directories. */
export function listState(context: Context, cluster: Cluster, noderange: string, json: boolean): Result {
  const attempts = attemptEach(expandNoderange(cluster, noderange), (node) => {
    const image = cluster.imageOf(node);
    return { node, image: image.name, store: storeOf(cluster, node), rows: soundRows(cluster, image), sources: treesOf(cluster, node, image) };
  });
  return tell(context, attempts, json, {
    text: ({ node, image, store, rows, sources }) => [
      `>>>Node: ${node}`, `Osimage: ${image}`, '',
      ...section('Persistent directory (statelite table):', store === undefined ? [] : [describeSource(store)]),
      ...section('Litefiles (litefile table):', rows.map(rowText)),
      ...section('Litetree path (litetree table):', sources.map((source) => `${source.priority}, ${describeSource(source)}`)),
    ],
    facts: ({ rows, ...rest }) => [{ ...rest, rows: rows.map(rowFacts) }],
  });
}

/** lslite -i: the litefile rows of an image, without its name in front. Throws IMAGE_UNKNOWN, and every row that cannot be used. */
export function listImageState(cluster: Cluster, name: string, json: boolean): Result {
  const rows = soundRows(cluster, knownImage(cluster, name));
  return { exitCode: 0, output: json ? toJson(rows.map(rowFacts)) : rows.map((row) => `${INDENT}${rowText(row)}`).join('\n') };
}

// --- internal ---

const INDENT = ' '.repeat(8);

const section = (title: string, lines: readonly string[]): string[] => [title, ...lines.map((line) => `${INDENT}${line}`), ''];
