import type { StateliteError } from '../errors.ts';
import { ancestorsOf } from '../image/layout.ts';
import { isUntouched } from '../image/locate.ts';
import { isWithin, VOLATILE_ROOTS } from '../policy/path.ts';
import { rowOver, type ImageGround, type PlacedEffect } from './place.ts';
import { invalid } from './scan.ts';

/** Lines of an overlay's /etc/fstab with a mount point that neither is in the image nor can be made by the node: systemd would leave them out, `nofail` ones without a word. */
export function fstabProblems(ground: ImageGround, effects: readonly PlacedEffect[]): readonly StateliteError[] {
  return effects.filter(({ path, how }) => path === '/etc/fstab' && how !== 'delete' && how !== 'whiteout').flatMap(({ entry, from }) => {
    const file = from.at(-1);
    const points = entry.content.toString('utf8').split('\n').map((line) => (/^\s*[^#\s]\S*\s+(\/\S*)/.exec(line)?.[1] ?? '').replace(/\/+$/, '')).filter((point) => point !== '');
    return file === undefined ? [] : points.filter((point) => !isThere(ground, point)).map((point) => invalid(
      file, `it mounts on ${point}, which is not in the image, and no litefile row lets the node make it`,
      `chtab image=ALL file=${[...ancestorsOf(point)].reverse().find((above) => isInImage(ground, above)) ?? point}/ litefile.options=   and then liteimg ${ground.image.name}`,
    ));
  });
}

// --- internal ---

function isInImage({ tree, created, locate }: ImageGround, path: string): boolean {
  const place = locate(path);
  return place.problem === undefined && place.node?.fact.type === 'directory' && !isUntouched(tree, place, created);
}

function isThere(ground: ImageGround, path: string): boolean {
  const { real, problem } = ground.locate(path);
  const row = rowOver(ground.rows, real);
  return problem === undefined && (VOLATILE_ROOTS.some((root) => isWithin(real, root)) || isInImage(ground, path) || (row?.type === 'directory' && row.option.mode === 'rw'));
}
