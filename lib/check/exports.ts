import { isWritable, type KernelExport } from '../boot/exports-file.ts';
import { isWithin } from '../policy/path.ts';
import type { Finding } from './finding.ts';

/** Exports by which nodes could write to the root tree. Of several for one client, the deepest counts, as for the server. */
export function checkExports(exports: readonly KernelExport[], rootimg: string): readonly Finding[] {
  const above = exports.filter(({ directory }) => isWithin(rootimg, directory)).sort((one, two) => two.directory.length - one.directory.length);
  const decided = new Set<string>();
  return above.flatMap(({ file, directory, clients }) => {
    const open = clients.filter((client) => !decided.has(client.name) && isWritable(client));
    for (const { name } of clients) decided.add(name);
    if (open.length === 0) return [];
    const names = open.map(({ name }) => name).join(' ');
    return [{ code: 'SL014' as const, reason: `${file} exports ${directory} writable to ${names}: any of them can change the image of all nodes`, fix: `write ro for ${directory} in ${file}, then exportfs -ra` }];
  });
}
