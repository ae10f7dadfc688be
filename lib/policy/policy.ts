import type { StateliteError } from '../errors.ts';
import type { LiteOption } from './option.ts';

/** How specific a litefile row is for an image; higher wins. */
export type Level = 'image' | 'group' | 'all';

/** A litefile row that applies to an image, after precedence. */
export interface SelectedRow {
  /** Absolute, normalised, without trailing slash: `/var/log`. */
  readonly path: string;
  /** True when the row was written with a trailing slash. */
  readonly directory: boolean;
  readonly option: LiteOption;
  /** The option as the table has it, '' when blank. */
  readonly written: string;
  /** The row's `image` cell, '' when empty. */
  readonly image: string;
  readonly level: Level;
  /** Why this row won, for people: `row image=ALL file=/var/log/ (beats nothing)`. */
  readonly reason: string;
}

/** The rows of an image after precedence, with what was noticed and what is wrong; nothing is thrown, so that all problems can be told at once. */
export interface Selection {
  /** Sorted by path. */
  readonly rows: readonly SelectedRow[];
  readonly notices: readonly Notice[];
  readonly problems: readonly StateliteError[];
}

/** What the image's tree says of a row's path; made by lib/image, a plain value for the policy. */
export interface PathFact {
  /** Path after resolving image symlinks as chroot would; equals the row's path when there are none. */
  readonly real: string;
  readonly type: 'file' | 'directory' | 'missing';
  /** Set when the path, or a symlink on its way, leads to /run, /proc, /sys or /dev: nothing to do. */
  readonly volatile?: string;
  /** Why the path cannot be reached: a symlink loop, a file where a directory is needed. */
  readonly problem?: string;
}

/** A row of an image's policy, resolved against its tree. */
export interface PolicyRow {
  /** The path as the row spells it. */
  readonly path: string;
  /** The path in the tree; all work is done there. */
  readonly real: string;
  readonly type: 'file' | 'directory';
  readonly option: LiteOption;
  readonly written: string;
  /** `real` of the nearest listed ancestor. */
  readonly parent?: string;
  readonly reason: string;
}

/** A notice: nothing wrong, but the admin should know: a row skipped, a slash added, an option corrected. */
export interface Notice {
  readonly path: string;
  readonly text: string;
}

/** The ordered, validated policy of one image: rows sorted by `real`, parents before children. */
export interface Policy {
  readonly image: string;
  readonly rows: readonly PolicyRow[];
  readonly notices: readonly Notice[];
}
