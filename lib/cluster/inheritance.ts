import type { Row } from '../../tables/table.ts';
import type { Attribute, Cluster } from './cluster.ts';
import { compileRegexColumn, isRegexColumn, type RegexRule } from './regex-column.ts';
import { remember } from './remember.ts';

/**
 * Finds a node's attributes as xCAT does: the node's own row, then its groups in nodelist.groups order, attribute by attribute. A
 * column named in site.hierarchicalattrs (`column` or `column:separator`), or a value ending in `+=NEXTRECORD`, goes on with the next
 * row that has one; repeated values count once. Rows of nodelist are the node's own, never a group's. A regex value that comes out
 * empty counts as unset. Throws REGEX_COLUMN_INVALID.
 */
export function createLookup(rows: Cluster['rows'], groupsOf: Cluster['groupsOf'], site: Cluster['site']): Cluster['attribute'] {
  const tableOf = remember((table: string) => indexTable(rows(table), groupsOf, table === 'nodelist'));
  const columnOf = remember((name: string) => indexColumn(tableOf, name, site));

  return (node, name) => {
    const { column, key, separator, rowsFor, rule } = columnOf(name);
    let first: Attribute | undefined;
    let more: Attribute[] | undefined;
    for (const row of rowsFor(node)) {
      const raw = Object.hasOwn(row, column) ? row[column] ?? '' : '';
      if (raw === '') continue;
      const from = row['node'] ?? '';
      if (key) return { value: node, column: name, from };
      const plain = withoutMark(raw);
      const made = isRegexColumn(plain) ? rule(from)?.(node) : undefined;
      const value = made ?? plain;
      if (value !== '') {
        const found: Attribute = made === undefined ? { value, column: name, from } : { value, column: name, from, rule: raw };
        if (first === undefined) first = found;
        else (more ??= [first]).push(found);
      }
      if (plain === raw && separator === undefined) break;
    }
    return more === undefined ? first : join(more, separator ?? ',');
  };
}

// --- internal ---

/** The rows that count for a node, its own first, then those of its groups in order. */
type RowsFor = (node: string) => readonly Row[];

interface TableIndex {
  readonly rowsFor: RowsFor;
  /** The row with that key. */
  readonly row: (key: string) => Row | undefined;
}

interface ColumnIndex {
  readonly column: string;
  readonly rowsFor: RowsFor;
  readonly rule: (row: string) => RegexRule | undefined;
  /** The column is the key: its value is the node's name, whichever row stands for it. */
  readonly key: boolean;
  /** What joins the values of several rows, for a hierarchical attribute. */
  readonly separator: string | undefined;
}

// Commands ask for all attributes of one node, then of the next: so the rows of the last node are kept. Nodes with equal groups share those groups' rows.
function indexTable(rows: readonly Row[], groupsOf: Cluster['groupsOf'], own: boolean): TableIndex {
  const byKey = new Map(rows.map((row) => [row['node'] ?? '', row]));
  const rowsOfGroups = remember((groups: readonly string[]): readonly Row[] => groups.flatMap((group): readonly Row[] => [byKey.get(group)].filter((row) => row !== undefined)));
  let last: { readonly node: string; readonly rows: readonly Row[] } = { node: '', rows: [] };
  const collect = (node: string): readonly Row[] => {
    const first = byKey.get(node);
    const others = own ? [] : rowsOfGroups(groupsOf(node));
    return first === undefined ? others : others.length === 0 ? [first] : [first, ...others.filter((row) => row !== first)];
  };
  return {
    row: (key) => byKey.get(key),
    rowsFor: (node) => (last.node === node ? last : last = { node, rows: collect(node) }).rows,
  };
}

const NEXT_RECORD = '+=NEXTRECORD';

const withoutMark = (raw: string): string => raw.endsWith(NEXT_RECORD) ? raw.slice(0, -NEXT_RECORD.length) : raw;

function indexColumn(tableOf: (table: string) => TableIndex, name: string, site: Cluster['site']): ColumnIndex {
  const [table, column] = splitName(name);
  const { row, rowsFor } = tableOf(table);
  const rule = remember((key: string) => compileRegexColumn(withoutMark(row(key)?.[column] ?? ''), { table, column, row: key }));
  return { column, rowsFor, rule, key: column === 'node', separator: hierarchicalSeparator(site, name) };
}

function splitName(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function hierarchicalSeparator(site: Cluster['site'], name: string): string | undefined {
  const [table, column] = splitName(name);
  for (const entry of (site('hierarchicalattrs') ?? '').split(',')) {
    const [attribute, separator = ','] = entry.trim().split(/:(.*)/s);
    if (attribute === column || attribute === `${table}.${column}`) return separator;
  }
  return undefined;
}

function join(found: readonly Attribute[], separator: string): Attribute | undefined {
  const [first] = found;
  if (first === undefined || found.length === 1) return first;
  const different = found.filter((one, at) => found.findIndex((other) => other.value === one.value) === at);
  const rules = different.flatMap((one) => one.rule ?? []);
  return {
    value: different.map((one) => one.value).join(separator),
    column: first.column,
    from: different.map((one) => one.from).join(','),
    ...(rules.length === 0 ? {} : { rule: rules.join(separator) }),
  };
}
