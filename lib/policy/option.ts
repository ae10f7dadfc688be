/** Where a row's writable content lives. */
export type Storage = 'tmpfs' | 'persistent' | 'localdisk';
/** rw: copied and writable; ro: shows its source, never writable; con: image and trees concatenated, writable. */
export type Mode = 'rw' | 'ro' | 'con';
/** How the path reaches its content. */
export type Mechanism = 'link' | 'bind' | 'overlay';

/** A litefile option, understood (DESIGN 5). */
export interface LiteOption {
  readonly storage: Storage;
  readonly mode: Mode;
  readonly mechanism: Mechanism;
}
