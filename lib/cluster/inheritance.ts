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
  const indexOf = remember((name: string) => indexColumn(rows, name));
  const separatorOf = remember((name: string) => hierarchicalSeparator(site, name));

  return (node, name) => {
    const index = indexOf(name);
    if (index.cells.size === 0) return undefined;
    const separator = separatorOf(name);
    const found: Attribute[] = [];
    for (const key of index.own ? [node] : [node, ...groupsOf(node)]) {
      const raw = index.cells.get(key);
      if (raw === undefined) continue;
      if (index.key) return { value: node, column: name, from: key };
      const plain = withoutMark(raw);
      const rule = isRegexColumn(plain) ? index.rule(key) : undefined;
      const value = rule === undefined ? plain : rule(node);
      if (value !== '') found.push({ value, column: name, from: key, ...(rule === undefined ? {} : { rule: raw }) });
      if (plain === raw && separator === undefined) break;
    }
    return join(found, separator ?? ',');
  };
}

// --- internal ---

interface ColumnIndex {
  /** Key of the row to its raw cell; rows without one are absent. */
  readonly cells: ReadonlyMap<string, string>;
  readonly rule: (row: string) => RegexRule | undefined;
  /** Only the node's own row counts. */
  readonly own: boolean;
  /** The column is the key: its value is the node's name, whichever row stands for it. */
  readonly key: boolean;
}

const NEXT_RECORD = '+=NEXTRECORD';

const withoutMark = (raw: string): string => raw.endsWith(NEXT_RECORD) ? raw.slice(0, -NEXT_RECORD.length) : raw;

function indexColumn(rows: Cluster['rows'], name: string): ColumnIndex {
  const [table, column] = splitName(name);
  const cells = new Map<string, string>();
  for (const row of rows(table)) {
    const [key, raw] = [row['node'], Object.hasOwn(row, column) ? row[column] : undefined];
    if (key !== undefined && raw !== undefined && raw !== '' && !cells.has(key)) cells.set(key, raw);
  }
  const rule = remember((row: string) => compileRegexColumn(withoutMark(cells.get(row) ?? ''), { table, column, row }));
  return { cells, rule, own: table === 'nodelist', key: column === 'node' };
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
