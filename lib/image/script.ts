import { posix } from 'node:path';
import { StateliteError } from '../errors.ts';
import { isWithin, reservedReason, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Draft } from './draft.ts';
import { ancestorsOf, SCRIPT, SCRIPT_ASSET } from './layout.ts';
import { createMissing } from './link.ts';
import { locate } from './locate.ts';
import type { ImageTree } from './tree.ts';

/** Why the node's script cannot stand where nodes look for it; `created` are paths that liteimg made. */
export function scriptProblems(tree: ImageTree, rows: readonly PolicyRow[], created: ReadonlySet<string>): StateliteError[] {
  const { real, node, problem } = locate(tree, SCRIPT, created);
  const isVolatile = VOLATILE_ROOTS.some((root) => isWithin(real, root));
  const why = problem ?? reservedReason(real) ?? (isVolatile ? `it leads to ${real}, which a node does not have yet` : node?.fact.type === 'directory' ? `${real} is a directory` : undefined);
  if (why !== undefined) {
    return [new StateliteError('FILE_SYSTEM', `${SCRIPT} cannot be put into the image: ${why}`, { hint: `make ${posix.dirname(SCRIPT)} a directory of the image` })];
  }
  return rows.flatMap((row) => {
    if (row.type === 'file' ? !ancestorsOf(real).includes(row.real) : row.real !== real) return [];
    return [new StateliteError('LITEFILE_INVALID', `${row.reason}: ${row.real} would be a ${row.type}, but ${real} must be a file`, { hint: row.type === 'file' ? `write the row with a slash: ${row.path}/` : 'remove the row' })];
  });
}

/** Plans that the node's script is in the image as it is shipped. */
export function installScript(draft: Draft, path: string, script: Buffer, created: Set<string>): void {
  const { tree } = draft;
  createMissing(draft, posix.dirname(path), 'directory', created);
  const { node, physical } = locate(tree, path);
  if (node?.fact.mode === 0o755 && tree.content(node)?.equals(script)) return;
  if (node === undefined) created.add(path);
  draft.operation('install', path, 'the script that prepares a node', () => draft.replaceByAsset(physical, SCRIPT_ASSET, 0o755));
}

/** Plans that the script goes if liteimg made it and nobody changed it. */
export function removeScript(draft: Draft, path: string, script: Buffer, created: ReadonlySet<string>): void {
  const { node, physical } = locate(draft.tree, path);
  if (created.has(path) && node !== undefined && draft.tree.content(node)?.equals(script)) draft.operation('remove', path, 'liteimg made it', () => draft.unlink(physical));
}
