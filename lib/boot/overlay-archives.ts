import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { BootFileOperation } from './boot-files.ts';
import type { NodeBoot } from './node-boot.ts';

/** Leaves the overlay archives of these nodes beside their images, for when no server answers; private ones never. One for all nodes with the same content. */
export function archiveOperations(files: Files, boots: readonly NodeBoot[]): readonly BootFileOperation[] {
  const present = new Set(archiveDirectories(boots).flatMap((directory) => (files.exists(directory) ? files.list(directory).map((name) => join(directory, name)) : [])));
  const operations = new Map<string, BootFileOperation>();
  for (const { node, network } of boots) {
    for (const { kind, hash } of network?.plan.overlays ?? []) {
      const path = join(network?.image.image.directory ?? '', ARCHIVES, hash);
      if (kind !== 'private' && !present.has(path) && !operations.has(path)) operations.set(path, { kind: 'write', path, content: () => network?.archive(hash) ?? changed(node) });
    }
  }
  return [...operations.values()];
}

/** Removes the archives that no plan beside these images names any more, once there are as many others. */
export function removeArchives(files: Files, boots: readonly NodeBoot[]): void {
  for (const archives of archiveDirectories(boots)) {
    const present = files.exists(archives) ? files.list(archives) : [];
    const used = new Set(boots.flatMap(({ network }) => (network?.plan.overlays ?? []).map(({ hash }) => hash)));
    if (present.length <= 2 * used.size) continue;
    const plans = join(archives, '../plans');
    for (const node of files.exists(plans) ? files.list(plans) : []) {
      for (const [, hash = ''] of (files.readTextIfThere(join(plans, node)) ?? '').matchAll(/^overlay \S+ ([0-9a-f]{64}) /gm)) used.add(hash);
    }
    for (const name of present) if (!used.has(name)) files.removeFile(join(archives, name));
  }
}

// --- internal ---

/** Beside rootimg and plans. */
const ARCHIVES = 'overlays';

const archiveDirectories = (boots: readonly NodeBoot[]): readonly string[] => [...new Set(boots.flatMap(({ network }) => (network === undefined ? [] : [join(network.image.image.directory, ARCHIVES)])))];

function changed(node: string): never {
  throw new StateliteError('OVERLAY_INVALID', `the overlays of ${node} were changed while nodeset read them`, { hint: 'run nodeset again' });
}
