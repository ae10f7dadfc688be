import { TABLES } from '../../tables/index.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import type { Attribute, Cluster } from './cluster.ts';
import { nodeColumn } from './columns.ts';
import { originOf } from './definition.ts';
import type { NoderangeOptions } from './noderange-evaluate.ts';
import { expandNoderange } from './noderange.ts';

export interface NodelsRequest {
  /** Every node when undefined. */
  readonly noderange?: string;
  /** Attributes, `table.column`, or a table for all its columns that are set. */
  readonly attributes: readonly string[];
  /** Lists nodes with nodelist.hidden=1 too; a noderange always does. */
  readonly hidden: boolean;
}

/** A node with the attributes that were asked for; unset ones are undefined. */
export interface NodelsEntry {
  readonly node: string;
  readonly values: readonly { readonly column: string; readonly attribute: Attribute | undefined }[];
}

/** The nodes and attributes that are asked for. Throws all unknown attributes at once. */
export function nodels(cluster: Cluster, { noderange, attributes, hidden }: NodelsRequest, options: NoderangeOptions = {}): readonly NodelsEntry[] {
  const asked = attributes.map((written) => columnsAsked(cluster, written));
  throwProblems(asked.flatMap((each) => 'problem' in each ? [new StateliteError('COLUMN_UNKNOWN', each.problem, { hint: 'tabdump -d TABLE lists the columns of a table' })] : []));
  const nodes = noderange === undefined
    ? cluster.nodes.filter((node) => hidden || cluster.attribute(node, 'nodelist.hidden')?.value !== '1')
    : expandNoderange(cluster, noderange, options);
  return nodes.map((node) => ({
    node,
    values: asked.flatMap((each) => 'columns' in each
      ? each.columns.map((column) => ({ column, attribute: cluster.attribute(node, column) })).filter(({ attribute }) => !each.onlySet || attribute !== undefined)
      : []),
  }));
}

/** As xCAT prints it: the names alone, `node: value` for one attribute, `node: table.column: value` for several; where it is from with `blame`. */
export function renderNodels(entries: readonly NodelsEntry[], single: boolean, blame: boolean): string {
  return entries.flatMap(({ node, values }) => values.length === 0 && single
    ? [node]
    : values.map(({ column, attribute }) =>
      `${node}: ${single ? '' : `${column}: `}${attribute?.value ?? ''}${blame && attribute !== undefined ? ` (${originOf(node, attribute)})` : ''}`)).join('\n');
}

// --- internal ---

type Asked = { readonly columns: readonly string[]; readonly onlySet: boolean } | { readonly problem: string };

function columnsAsked(cluster: Cluster, written: string): Asked {
  const found = nodeColumn(cluster, written);
  if ('name' in found) return { columns: [found.name], onlySet: false };
  const table = TABLES.get(written);
  if (table?.keys[0] !== 'node') return found;
  return { columns: table.columns.filter(({ name }) => name !== 'node').map(({ name }) => `${written}.${name}`), onlySet: true };
}
