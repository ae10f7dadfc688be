import { applyOperations } from '../../lib/image/apply.ts';
import { compareImage, type Comparison } from '../../lib/image/compare.ts';
import { SCRIPTS } from '../../lib/image/layout.ts';
import { readFacts } from '../../lib/image/locate.ts';
import { createdPaths, readPast } from '../../lib/image/manifest.ts';
import { ImageTree } from '../../lib/image/tree.ts';
import type { Policy } from '../../lib/policy/policy.ts';
import { resolvePolicy } from '../../lib/policy/resolve.ts';
import { selectRows } from '../../lib/policy/select.ts';
import { createFiles, type Files } from '../../lib/system/files.ts';

/** litefile rows as `path options`. */
export type Rows = readonly string[];

export const SCRIPT_CONTENT = Buffer.from('#!/bin/sh\necho statelite\n');

/** The policy of an image with these rows, and what liteimg would do to it. */
export function compare(rootimg: string, rows: Rows | 'original', files: Files = createFiles()): Comparison {
  const policy = rows === 'original' ? rows : policyOf(rootimg, rows, files);
  return compareImage(new ImageTree(files, rootimg), { policy, scripts: SCRIPTS.map((script) => ({ ...script, content: SCRIPT_CONTENT })) }, readPast(files, rootimg));
}

export function policyOf(rootimg: string, rows: Rows, files: Files = createFiles()): Policy {
  const past = readPast(files, rootimg);
  const selection = selectRows({ name: 'image', groups: [] }, rows.map((row) => {
    const [, file = '', options = ''] = /^(.*?)(?: (\S*))?$/.exec(row) ?? [];
    return { file, options };
  }));
  return resolvePolicy('image', selection, readFacts(new ImageTree(files, rootimg), selection.rows.map(({ path }) => path), createdPaths(past)));
}

/** Runs liteimg's work on a tree without tables; where nobody else reads the tree, it does not wait for readers. */
export function lite(rootimg: string, rows: Rows | 'original', files: Files = createFiles(), readers: 'readers' | 'no readers' = 'no readers'): Comparison {
  const comparison = compare(rootimg, rows, files);
  applyOperations(readers === 'readers' ? files : { ...files, pause: () => undefined }, rootimg, comparison, () => SCRIPT_CONTENT);
  return comparison;
}
