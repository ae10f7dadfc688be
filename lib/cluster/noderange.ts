import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import type { Cluster } from './cluster.ts';
import { evaluateNoderange, type NoderangeOptions } from './noderange-evaluate.ts';

/**
 * The nodes a noderange names, sorted by code unit, each once; those of site.excludenodes are never among them. Exclusions are applied
 * last, wherever they stand. Throws NODERANGE_SYNTAX with a line that points at the place; NODERANGE_UNKNOWN for names, columns and files
 * that do not exist, all at once.
 */
export function expandNoderange(cluster: Cluster, text: string, options: NoderangeOptions = {}): readonly string[] {
  const nodes = evaluateNoderange(cluster, text, options);
  const excluded = cluster.site('excludenodes');
  if (nodes.size > 0 && excluded !== undefined) {
    for (const node of excludedNodes(cluster, excluded, options)) nodes.delete(node);
  }
  return nodes.size * 8 > cluster.nodes.length ? cluster.nodes.filter((node) => nodes.has(node)) : [...nodes].sort();
}

/** How commands read a noderange: files are files of this host, bare numbers are completed as xCAT's environment says. */
export const noderangeOptions = ({ files, env }: Pick<System, 'files' | 'env'>): NoderangeOptions => ({
  readFile: (path) => files.readTextIfThere(path), prefix: env['XCAT_NODE_PREFIX'], suffix: env['XCAT_NODE_SUFFIX'],
});

// --- internal ---

function excludedNodes(cluster: Cluster, text: string, options: NoderangeOptions): ReadonlySet<string> {
  try {
    return evaluateNoderange(cluster, text, options);
  } catch (cause) {
    if (!(cause instanceof StateliteError)) throw cause;
    throw new StateliteError('ROW_INVALID', `site row key=excludenodes: ${cause.message}`, {
      hint: 'correct it: chtab key=excludenodes site.value=<noderange>', cause,
    });
  }
}
