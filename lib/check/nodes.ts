import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { compilePlan } from '../plan/compile.ts';
import { storeOf } from '../plan/store.ts';
import { treesOf } from '../policy/trees.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** Nodes of an image that would get no plan: no store for persistent rows, unset variables, rows of litetree and statelite that cannot be read. */
export function checkNodes({ cluster, image, resolved: { rows } }: ImageView): readonly Finding[] {
  const found = new Map<string, { readonly error: StateliteError; readonly nodes: string[] }>();
  for (const node of nodesOf(cluster, image)) {
    for (const error of problemsOf(() => storeOf(cluster, node), () => treesOf(cluster, node, image), () => compilePlan(cluster, node, image, rows))) {
      const text = error.message.replaceAll(node, '<node>');
      const same = found.get(text);
      if (same === undefined) found.set(text, { error, nodes: [node] });
      else if (same.nodes.at(-1) !== node) same.nodes.push(node);
    }
  }
  return [...found.values()].map(({ error, nodes }) => ({
    code: error.code === 'NO_STORE' ? 'SL010' : 'SL011', reason: `${error.message}${others(nodes)}`, fix: error.hint ?? 'correct the row',
  }));
}

// --- internal ---

const SHOWN = 3;

function nodesOf(cluster: Cluster, image: OsImage): readonly string[] {
  return cluster.nodes.filter((node) => {
    try {
      return cluster.imageOf(node).name === image.name;
    } catch (error) {
      if (error instanceof StateliteError) return false; // nodeset tells the nodes that have no image
      throw error;
    }
  });
}

function problemsOf(...tasks: readonly (() => unknown)[]): readonly StateliteError[] {
  return tasks.flatMap((task) => {
    try {
      task();
      return [];
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      return error.problems.length > 0 ? error.problems : [error];
    }
  });
}

function others([, ...more]: readonly string[]): string {
  if (more.length === 0) return '';
  return `; the same for ${more.length} more: ${more.slice(0, SHOWN).join(',')}${more.length > SHOWN ? ',…' : ''}`;
}
