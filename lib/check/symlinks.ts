import { posix } from 'node:path';
import { hasOwnLink } from '../image/link.ts';
import { below } from '../image/layout.ts';
import { isWithin } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/**
 * Relative symlinks that leave a linked directory. On a node the directory is at /.statelite/tmpfs/<path>, and `..` counts from there: the
 * symlink finds its target only when that is linked as well.
 */
export function checkSymlinks(view: ImageView): readonly Finding[] {
  const linked = view.resolved.rows.filter(hasOwnLink);
  return linked.filter(({ type }) => type === 'directory').flatMap((row) => {
    const lost = climbing(view, row.real).filter(({ leads }) => !linked.some(({ real }) => isWithin(leads, real)));
    const [first] = lost;
    if (first === undefined) return [];
    const more = lost.length === 1 ? '' : `, and ${lost.length - 1} more`;
    return [{ code: 'SL018', row: row.reason, reason: `${first.path} -> ${first.target} leads out of the linked directory ${row.real}, and on a node to nothing${more}`, fix: fixOf(row) }];
  });
}

// --- internal ---

interface Climbing {
  readonly path: string;
  readonly target: string;
  /** The path in the image it is meant to lead to. */
  readonly leads: string;
}

const fixOf = ({ path }: PolicyRow): string => `make the symlinks absolute in the image, or give ${path} the option bind`;

function climbing(view: ImageView, top: string): Climbing[] {
  const visit = (directory: string): Climbing[] => view.entries(directory).flatMap(({ name, node }) => {
    const path = below(directory, name);
    if (node?.fact.type === 'directory') return visit(path);
    const target = node?.target;
    if (target === undefined || target.startsWith('/')) return [];
    const leads = posix.join(directory, target);
    return isWithin(leads, top) ? [] : [{ path, target, leads }];
  });
  return visit(top);
}
