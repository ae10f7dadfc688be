import { StateliteError } from '../lib/errors.ts';
import { meant } from '../lib/nearest.ts';
import { TABLES } from './index.ts';
import type { Row } from './table.ts';

/** A kind of object that mkdef, chdef, lsdef and rmdef know: which tables hold it, and what its attributes are called. */
export interface ObjectType {
  readonly name: string;
  /** Table that has a row for each object. */
  readonly table: string;
  /** Attribute name to `table.column`; for site, where every key is an attribute, empty. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The columns that select an object's rows in one of its tables. Undefined when the name cannot be one. */
  readonly where: (name: string, table: string) => Row | undefined;
  /** The object a row of `table` belongs to: `ALL:/etc/fstab` for a litefile row. */
  readonly nameOf: (row: Row, table: string) => string;
}

/** All of a site's settings are one object, which xCAT calls so. */
export const SITE_OBJECT = 'clustersite';

/** The type of that name. Throws USAGE. */
export function objectTypeOf(name: string): ObjectType {
  const type = OBJECT_TYPES.get(name);
  if (type === undefined) throw new StateliteError('USAGE', `there is no object type ${name}`, { hint: meant(name, OBJECT_TYPES.keys(), `types are ${[...OBJECT_TYPES.keys()].join(', ')}`) });
  return type;
}

/** The error for an object that is not there. */
export const unknownObject = (type: ObjectType, name: string): StateliteError =>
  new StateliteError('OBJECT_UNKNOWN', `there is no ${type.name} ${name}`, { hint: `lsdef -t ${type.name} lists them` });

/** The error for an attribute that objects of the type do not have. */
export const unknownAttribute = (type: ObjectType, name: string): StateliteError =>
  new StateliteError('COLUMN_UNKNOWN', `a ${type.name} has no attribute ${name}`, { hint: meant(name, type.attributes.keys(), type.attributes.size > 30 ? 'statelite man tables lists them' : `it has ${[...type.attributes.keys()].sort().join(', ')}`) });

/** Tables that hold rows of an object of this type, for removing it: for a node every table with a row for each node. */
export function tablesOf(type: ObjectType): readonly string[] {
  const tables = [type.table, ...[...type.attributes.values()].map((column) => column.split('.')[0] ?? '')];
  return [...new Set(['node', 'group'].includes(type.name) ? [...tables, 'statelite'] : tables)];
}

/** Attributes that are not called like their column, because another table has one of that name or xCAT says otherwise. */
const RENAMED: Readonly<Record<string, string>> = {
  'nodepos.u': 'unit', 'ipmi.username': 'bmcusername', 'ipmi.password': 'bmcpassword', 'ipmi.taggedvlan': 'bmcvlantag',
  'prescripts.begin': 'prescripts-begin', 'prescripts.end': 'prescripts-end',
  'servicenode.nameserver': 'setupnameserver', 'servicenode.dhcpserver': 'setupdhcp', 'servicenode.tftpserver': 'setuptftp',
  'servicenode.nfsserver': 'setupnfs', 'servicenode.conserver': 'setupconserver', 'servicenode.monserver': 'setupmonserver',
  'servicenode.ldapserver': 'setupldap', 'servicenode.ntpserver': 'setupntp', 'servicenode.ftpserver': 'setupftp',
  'servicenode.nimserver': 'setupnim', 'servicenode.ipforward': 'setupipforward', 'servicenode.proxydhcp': 'setupproxydhcp',
};

/** Every object type by name. */
export const OBJECT_TYPES: ReadonlyMap<string, ObjectType> = new Map([
  keyed('node', 'nodelist', 'node', nodeAttributes('nodelist')),
  keyed('group', 'nodegroup', 'groupname', nodeAttributes('nodegroup')),
  keyed('osimage', 'osimage', 'imagename', columnsOf('osimage', 'linuximage')),
  keyed('network', 'networks', 'netname', columnsOf('networks')),
  keyed('policy', 'policy', 'priority', columnsOf('policy')),
  keyed('litetree', 'litetree', 'priority', columnsOf('litetree')),
  keyed('statelite', 'statelite', 'node', columnsOf('statelite')),
  {
    name: 'litefile', table: 'litefile', attributes: new Map([...columnsOf('litefile')].filter(([name]) => !['image', 'file'].includes(name))),
    where: (name: string): Row | undefined => {
      const [, image, file] = /^([^:/]*):?(\/.*)$/s.exec(name) ?? [];
      return image === undefined || file === undefined ? undefined : { image, file };
    },
    nameOf: (row: Row) => `${row['image'] ?? ''}:${row['file'] ?? ''}`.replace(/^:/, ''),
  },
  {
    name: 'site', table: 'site', attributes: new Map(),
    where: (name: string): Row | undefined => name === SITE_OBJECT ? {} : undefined,
    nameOf: () => SITE_OBJECT,
  },
].map((type) => [type.name, type]));

// --- internal ---

function keyed(name: string, table: string, column: string, attributes: ReadonlyMap<string, string>): ObjectType {
  const columnIn = (other: string): string => other === table || name === 'osimage' ? column : 'node';
  return {
    name, table, attributes,
    where: (object, other) => ({ [columnIn(other)]: object }),
    nameOf: (row, other) => row[columnIn(other)] ?? '',
  };
}

// Node attributes lie in all tables that have a row for each node or group; where a node's state lives is an object of its own.
function nodeAttributes(first: string): ReadonlyMap<string, string> {
  const keyedByNode = [...TABLES.values()].filter((table) => table.nodeKeyed === true && table.name !== 'statelite');
  return columnsOf(first, ...keyedByNode.map(({ name }) => name));
}

// The columns of tables as attributes; the first table's comments are `usercomment`, keys and `disable` are none.
function columnsOf(...tables: readonly string[]): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const name of tables) {
    const table = TABLES.get(name);
    for (const { name: column } of table?.columns ?? []) {
      const attribute = RENAMED[`${name}.${column}`] ?? (column === 'comments' ? 'usercomment' : column);
      const isName = ['node', 'groupname', 'imagename', 'netname'].includes(column) || (table?.keys.length === 1 && table.keys[0] === column);
      if (!isName && column !== 'disable' && !attributes.has(attribute)) attributes.set(attribute, `${name}.${column}`);
    }
  }
  return attributes;
}
