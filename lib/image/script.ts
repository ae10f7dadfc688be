import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import { isWithin, reservedReason, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { ancestorsOf, type NodeScript } from './layout.ts';
import { createMissing } from './link.ts';
import { locate } from './locate.ts';
import type { ImageTree } from './tree.ts';

/** A script with the content it is shipped with. */
export interface ShippedScript extends NodeScript {
  readonly content: Buffer;
}

/** Why a script cannot stand where nodes look for it; `created` are paths that liteimg made. */
export function scriptProblems(tree: ImageTree, { path }: NodeScript, rows: readonly PolicyRow[], created: ReadonlySet<string>): StateliteError[] {
  const { real, node, problem } = locate(tree, path, created);
  const isVolatile = VOLATILE_ROOTS.some((root) => isWithin(real, root));
  const why = problem ?? reservedReason(real) ?? (isVolatile ? `it leads to ${real}, which a node does not have yet` : node?.fact.type === 'directory' ? `${real} is a directory` : undefined);
  if (why !== undefined) {
    return [new StateliteError('FILE_SYSTEM', `${path} cannot be put into the image: ${why}`, { hint: `make ${posix.dirname(path)} a directory of the image` })];
  }
  return rows.flatMap((row) => {
    if (row.type === 'file' ? !ancestorsOf(real).includes(row.real) : row.real !== real) return [];
    return [new StateliteError('LITEFILE_INVALID', `${row.reason}: ${row.real} would be a ${row.type}, but ${real} must be a file`, { hint: row.type === 'file' ? `write the row with a slash: ${row.path}/` : 'remove the row' })];
  });
}

/** Plans that a script is in the image, at `path`, as it is shipped. */
export function installScript(draft: Draft, path: string, { asset, what, content }: ShippedScript, created: Set<string>): void {
  const { tree } = draft;
  createMissing(draft, posix.dirname(path), 'directory', created);
  const { node, physical } = locate(tree, path);
  if (node?.fact.mode === 0o755 && tree.content(node)?.equals(content)) return;
  if (node === undefined) created.add(path);
  draft.operation('install', path, what, () => draft.replaceByAsset(physical, asset, 0o755));
}

/** Plans that a script goes if liteimg made it and nobody changed it. */
export function removeScript(draft: Draft, path: string, { content }: ShippedScript, created: ReadonlySet<string>): void {
  const { node, physical } = locate(draft.tree, path);
  if (created.has(path) && node !== undefined && draft.tree.content(node)?.equals(content)) draft.operation('remove', path, 'liteimg made it', () => draft.unlink(physical));
}
