import type { Row, TableData } from '../../tables/table.ts';

/** A value with where it came from, for `--blame` and `litewhy`. */
export interface Attribute {
  readonly value: string;
  /** `table.column`. */
  readonly column: string;
  /** Key of the row that gave it: the node's own name, or a group's; several, joined by commas, when values were concatenated. */
  readonly from: string;
  /** The raw cell, when a regex rule made the value. */
  readonly rule?: string;
}

/** An osimage with its linuximage row and defaults filled in. */
export interface OsImage {
  readonly name: string;
  /** `osvers`, for example debian12; may be '' when the tables do not say. */
  readonly os: string;
  readonly arch: string;
  readonly profile: string;
  readonly groups: readonly string[];
  /** Directory that holds rootimg/, kernel and initrd: linuximage.rootimgdir or <installdir>/netboot/<os>/<arch>/<profile>. */
  readonly directory: string;
  readonly osimage: Row;
  readonly linuximage: Row;
}

/** The tables as one immutable snapshot: who is there, what each node's attributes are, which image it boots. */
export interface Cluster {
  readonly tables: TableData;
  /** All node names, sorted by code unit. */
  readonly nodes: readonly string[];
  /** True when nodelist has the node. */
  isNode(name: string): boolean;
  /** Group names with their members. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Groups of a node in nodelist.groups order. */
  groupsOf(node: string): readonly string[];
  /** `attribute('n01', 'noderes.nfsserver')`: the node's own row, else its groups in order; regex rules applied. */
  attribute(node: string, column: string): Attribute | undefined;
  /** A site value with its default: installdir /install, tftpdir /tftpboot, xcatdport 3001, litemechanism link. */
  site(key: string): string | undefined;
  image(name: string): OsImage | undefined;
  /** The image a node boots: nodetype.provmethod when that names an osimage, else <os>-<arch>-statelite-<profile>, else <os>-<arch>-<profile>. Throws NODE_UNKNOWN, NODE_INCOMPLETE or IMAGE_UNKNOWN. */
  imageOf(node: string): OsImage;
  /** Enabled rows of a table. */
  rows(table: string): readonly Row[];
  /** Text of a file that a row names, as it is now; undefined when it cannot be read. */
  textOf(path: string): string | undefined;
}
