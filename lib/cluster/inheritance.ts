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
  const byNode = remember((table: string) => new Map(rows(table).map((row) => [row['node'] ?? '', row])));
  const indexOf = remember((name: string) => indexColumn(byNode, name));
  const keysOf = remember((node: string): readonly string[] => [node, ...groupsOf(node)]);
  const separatorOf = remember((name: string) => hierarchicalSeparator(site, name));

  return (node, name) => {
    const index = indexOf(name);
    const separator = separatorOf(name);
    const found: Attribute[] = [];
    for (const key of keysOf(node)) {
      if (index.own && key !== node) break;
      const raw = index.cell(key);
      if (raw === '') continue;
      if (index.key) return { value: node, column: name, from: key };
      const plain = withoutMark(raw);
      const rule = isRegexColumn(plain) ? index.rule(key) : undefined;
      const value = rule === undefined ? plain : rule(node);
      if (value !== '') found.push(rule === undefined ? { value, column: name, from: key } : { value, column: name, from: key, rule: raw });
      if (plain === raw && separator === undefined) break;
    }
    return join(found, separator ?? ',');
  };
}

// --- internal ---

interface ColumnIndex {
  /** The raw cell of the row with that key, '' when there is none. */
  readonly cell: (key: string) => string;
  readonly rule: (row: string) => RegexRule | undefined;
  /** Only the node's own row counts. */
  readonly own: boolean;
  /** The column is the key: its value is the node's name, whichever row stands for it. */
  readonly key: boolean;
}

const NEXT_RECORD = '+=NEXTRECORD';

const withoutMark = (raw: string): string => raw.endsWith(NEXT_RECORD) ? raw.slice(0, -NEXT_RECORD.length) : raw;

function indexColumn(byNode: (table: string) => ReadonlyMap<string, Row>, name: string): ColumnIndex {
  const [table, column] = splitName(name);
  const rows = byNode(table);
  const cell = (key: string): string => {
    const row = rows.get(key);
    return row !== undefined && Object.hasOwn(row, column) ? row[column] ?? '' : '';
  };
  const rule = remember((row: string) => compileRegexColumn(withoutMark(cell(row)), { table, column, row }));
  return { cell, rule, own: table === 'nodelist', key: column === 'node' };
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
