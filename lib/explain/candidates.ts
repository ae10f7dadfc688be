import { isEnabled, type Row } from '../../tables/table.ts';
import type { ImageView } from '../check/image-view.ts';
import { isWithin, parseLitePath } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { describeRow, levelFor } from '../policy/select.ts';
import { unlessRefused } from '../refusals.ts';
import type { Candidate } from './why.ts';

/** Every litefile row whose path is `asked` (or what it is in the image) or a directory above it, with why it decides or not. */
export function candidatesFor(view: ImageView, asked: string, decides: PolicyRow | undefined): readonly Candidate[] {
  const { real } = view.find(asked);
  return (view.cluster.tables['litefile'] ?? []).flatMap((row) => {
    const path = unlessRefused(() => parseLitePath(row['file'] ?? '').path); // the problems of the image tell of it
    if (path === undefined || !(isWithin(asked, path) || isWithin(real, view.find(path).real))) return [];
    const level = levelFor(view.image, row['image'] ?? '');
    const lost = reasonLost(view, row, path, decides);
    const reason = lost ?? (decides?.real === real ? 'it is for the path itself' : 'it is the nearest directory above with a row');
    return [{ row: describeRow(row), options: row['options'] ?? '', ...(level === undefined ? {} : { level }), wins: lost === undefined, reason }];
  });
}

// --- internal ---

/** Undefined for the row that decides. */
function reasonLost({ image, selection, facts, resolved }: ImageView, row: Row, path: string, decides: PolicyRow | undefined): string | undefined {
  if (!isEnabled(row)) return 'it is disabled';
  const level = levelFor(image, row['image'] ?? '');
  if (level === undefined) return `it is for ${row['image'] ?? ''}, which is neither ${image.name} nor one of its groups`;
  const selected = selection.rows.find((one) => one.path === path);
  if (selected === undefined) return 'it cannot be used, see the problems';
  if (selected.image !== (row['image'] ?? '') || selected.written !== (row['options'] ?? '')) {
    return selected.level === level ? `the path is listed twice for ${level === 'all' ? 'all images' : 'this image'}, see the problems` : `image=${selected.image} is more specific for ${image.name}`;
  }
  const volatile = facts.get(path)?.volatile;
  if (volatile !== undefined) return `it is skipped: ${volatile}, which is volatile already`;
  const placed = resolved.rows.find((one) => one.path === path);
  if (placed === undefined) {
    const twin = resolved.rows.find((one) => one.real === facts.get(path)?.real);
    return twin === undefined ? 'it cannot be used, see the problems' : `${twin.path} is the same path in the image and has a row too`;
  }
  if (placed === decides) return undefined;
  return decides === undefined ? 'it is a file, so nothing lies below it' : `${decides.real} is nearer to the path`;
}
