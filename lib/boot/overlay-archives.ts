import { join } from 'node:path';
import { splitOwn } from '../plan/own-files.ts';
import type { Files } from '../system/files.ts';
import type { BootFileOperation } from './boot-files.ts';
import type { NodeBoot } from './node-boot.ts';

/** Leaves what overlays give several nodes beside their images, one archive for each content, for when no server answers. A node's own files go with its plan, private ones nowhere. */
export function archiveOperations(files: Files, boots: readonly NodeBoot[]): readonly BootFileOperation[] {
  const present = new Set(archiveDirectories(boots).flatMap((directory) => (files.exists(directory) ? files.list(directory).map((name) => join(directory, name)) : [])));
  const operations = new Map<string, BootFileOperation>();
  for (const { network } of boots) {
    for (const part of network?.plan.overlays ?? []) {
      const path = join(network?.image.image.directory ?? '', ARCHIVES, part.hash);
      if (part.kind === 'shared' && !present.has(path) && !operations.has(path)) operations.set(path, { kind: 'write', path, content: () => network?.content(part) ?? '' });
    }
  }
  return [...operations.values()];
}

/** Removes the archives that no plan beside these images names any more. */
export function removeArchives(files: Files, boots: readonly NodeBoot[]): void {
  for (const archives of archiveDirectories(boots)) {
    const unused = new Set(files.exists(archives) ? files.list(archives) : []);
    const done = new Set<string>();
    for (const { node, network } of boots) {
      if (network === undefined || join(network.image.image.directory, ARCHIVES) !== archives) continue;
      done.add(node);
      for (const { kind, hash } of network.plan.overlays ?? []) if (kind === 'shared') unused.delete(hash);
    }
    const plans = join(archives, '../plans');
    for (const node of unused.size > 0 && files.exists(plans) ? files.list(plans) : []) {
      if (unused.size === 0) break;
      if (!done.has(node)) for (const hash of archivesOf(files.readTextIfThere(join(plans, node)) ?? '')) unused.delete(hash);
    }
    for (const name of unused) files.removeFile(join(archives, name));
  }
}

// --- internal ---

/** Beside rootimg and plans. */
const ARCHIVES = 'overlays';

/** The archives that a copy of a plan needs; before ADR 0037 own files were one too. */
function archivesOf(text: string): readonly string[] {
  const { plan, own } = splitOwn(text);
  return [...plan.matchAll(own === undefined ? /^overlay \S+ ([0-9a-f]{64}) /gm : /^overlay shared ([0-9a-f]{64}) /gm)].map(([, hash = '']) => hash);
}

const archiveDirectories = (boots: readonly NodeBoot[]): readonly string[] => [...new Set(boots.flatMap(({ network }) => (network === undefined ? [] : [join(network.image.image.directory, ARCHIVES)])))];
