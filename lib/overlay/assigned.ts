import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError, throwProblems } from '../errors.ts';

/** An overlay of a node, with the row that brings it. */
export interface AssignedOverlay {
  readonly name: string;
  /** `osimage row imagename=compute`, `overlays row node=gpu`. */
  readonly from: string;
}

/** True when any row assigns overlays: only then is anything of them looked at. */
export const usesOverlays = (cluster: Cluster): boolean =>
  cluster.rows('overlays').some((row) => row['overlays'] !== undefined || row['scripts'] !== undefined) || cluster.rows('osimage').some((row) => row['overlays'] !== undefined);

/**
 * The overlays of a node that boots an image, in order, later ones win: those of osimage.overlays, then of the overlays rows of its groups, the
 * first group of nodelist.groups last, then of its own row. `~name` takes out one that came before; one that comes again counts where it came
 * last. Throws ROW_INVALID for a name that cannot be one, and for `~name` of one that is not there.
 */
export function assignedOverlays(cluster: Cluster, node: string, image: Pick<OsImage, 'name' | 'osimage'>): readonly AssignedOverlay[] {
  const rows = rowsByNode(cluster);
  const lists = [
    { text: image.osimage['overlays'] ?? '', from: `osimage row imagename=${image.name}` },
    ...[node, ...cluster.groupsOf(node)].reverse().map((key) => ({ text: rows.get(key) ?? '', from: `overlays row node=${key}` })),
  ];
  const problems: StateliteError[] = [];
  const assigned = new Map<string, string>();
  for (const { text, from } of lists) {
    for (const word of text === '' ? [] : text.split(',').map((each) => each.trim())) {
      const name = word.replace(/^~/, '');
      if (!OVERLAY_NAME.test(name)) problems.push(invalid(from, text, `${JSON.stringify(word)} is no name of an overlay`));
      else if (word === name) {
        assigned.delete(name);
        assigned.set(name, from);
      } else if (!assigned.delete(name)) problems.push(invalid(from, text, `${word} takes out ${name}, which nothing before it brings to ${node}`));
    }
  }
  throwProblems(problems, `problems in the overlays of ${node}`);
  return [...assigned].map(([name, from]) => ({ name, from }));
}

/** What an overlay may be called. */
export const OVERLAY_NAME = /^[A-Za-z0-9_][\w.+-]*$/;

// --- internal ---

const KNOWN = new WeakMap<Cluster, ReadonlyMap<string, string>>();

function rowsByNode(cluster: Cluster): ReadonlyMap<string, string> {
  let rows = KNOWN.get(cluster);
  if (rows === undefined) {
    rows = new Map(cluster.rows('overlays').map((row) => [row['node'] ?? '', row['overlays'] ?? '']));
    KNOWN.set(cluster, rows);
  }
  return rows;
}

const invalid = (from: string, text: string, why: string): StateliteError =>
  new StateliteError('ROW_INVALID', `${from}: overlays is ${JSON.stringify(text)}: ${why}`, { hint: 'liteoverlay list shows the names; write name,name,~name' });
