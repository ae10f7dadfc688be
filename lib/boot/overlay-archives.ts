import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Overlays } from '../overlay/overlays.ts';
import type { Files } from '../system/files.ts';
import type { NodeBoot } from './node-boot.ts';

/** Leaves the overlay archives of these nodes beside their images, for when no server answers; private ones never. One for all nodes with the same content. */
export function leaveArchives(files: Files, boots: readonly NodeBoot[], overlays: Pick<Overlays, 'archive'>): void {
  const left = new Set<string>();
  for (const { node, network } of boots) {
    for (const { kind, hash } of network?.plan.overlays ?? []) {
      const path = join(network?.image.image.directory ?? '', ARCHIVES, hash);
      if (kind === 'private' || left.has(path)) continue;
      left.add(path);
      if (files.exists(path)) continue;
      const content = overlays.archive(hash);
      if (content === undefined) throw new StateliteError('OVERLAY_INVALID', `${node}: its overlays are too large to be made all at once`, { hint: 'run nodeset for fewer nodes at a time' });
      files.makeDirectories(join(path, '..'));
      files.writeAtomic(path, content);
    }
  }
}

/** Removes the archives that no plan beside these images names any more, once there are as many others. */
export function removeArchives(files: Files, boots: readonly NodeBoot[]): void {
  for (const directory of new Set(boots.flatMap(({ network }) => network?.image.image.directory ?? []))) {
    const archives = join(directory, ARCHIVES);
    const present = files.exists(archives) ? files.list(archives) : [];
    const used = new Set(boots.flatMap(({ network }) => (network?.plan.overlays ?? []).map(({ hash }) => hash)));
    if (present.length <= 2 * used.size) continue;
    const plans = join(directory, 'plans');
    for (const node of files.exists(plans) ? files.list(plans) : []) {
      for (const [, hash = ''] of (files.readTextIfThere(join(plans, node)) ?? '').matchAll(/^overlay \S+ ([0-9a-f]{64}) /gm)) used.add(hash);
    }
    for (const name of present) if (!used.has(name)) files.removeFile(join(archives, name));
  }
}

// --- internal ---

/** Beside rootimg and plans. */
const ARCHIVES = 'overlays';
