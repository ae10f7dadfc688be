import { isEnabled, type Row, type TableData } from '../../tables/table.ts';
import type { Files } from '../system/files.ts';
import type { Cluster } from './cluster.ts';
import { collectGroups } from './groups.ts';
import { createImages } from './images.ts';
import { createLookup } from './inheritance.ts';
import { once, remember } from './remember.ts';

/**
 * Makes the snapshot all questions about the cluster are put to. Nothing is computed before it is asked for, and nothing twice; each
 * index is built once per table, so that an attribute costs as many steps as its node has groups. Disabled rows are not seen.
 * Files that rows name are read with `files`; without it there are none.
 */
export function createCluster(tables: TableData, files?: Pick<Files, 'readTextIfThere'>): Cluster {
  const rows = remember((table: string): readonly Row[] => Object.freeze((Object.hasOwn(tables, table) ? tables[table] ?? [] : []).filter(isEnabled)));
  const groupsWritten = once(() => new Map(rows('nodelist').map((row) => [row['node'] ?? '', row['groups'] ?? ''])));
  const nodes = once(() => Object.freeze([...groupsWritten().keys()].sort()));
  const splitGroups = remember(splitList);
  const groupsOf = (node: string): readonly string[] => splitGroups(groupsWritten().get(node) ?? '');
  const sites = once(() => new Map(rows('site').map((row) => [row['key'] ?? '', row['value'] ?? ''])));
  const site = (key: string): string | undefined => textOr(sites().get(key), SITE_DEFAULTS.get(key));
  const { image, imageOf } = createImages(() => cluster);
  const groups = once(() => collectGroups(cluster));

  const cluster: Cluster = Object.freeze({
    tables,
    get nodes() { return nodes(); },
    get groups() { return groups(); },
    isNode: (name: string) => groupsWritten().has(name),
    groupsOf,
    attribute: createLookup(rows, groupsOf, site),
    site,
    image,
    imageOf,
    rows,
    textOf: (path: string) => files?.readTextIfThere(path),
  });
  return cluster;
}

// --- internal ---

const SITE_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['installdir', '/install'], ['tftpdir', '/tftpboot'], ['xcatdport', '3001'], ['litemechanism', 'link'],
]);

const splitList = (text: string): readonly string[] => Object.freeze([...new Set(text.split(',').map((word) => word.trim()).filter(Boolean))]);

const textOr = (text: string | undefined, otherwise: string | undefined): string | undefined => text === undefined || text === '' ? otherwise : text;
