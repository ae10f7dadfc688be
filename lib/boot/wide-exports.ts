import { isWithin } from '../policy/path.ts';
import { isWritable, type KernelExport } from './exports-file.ts';
import type { Export } from './exports.ts';

/**
 * What is wrong with the kernel's exports for the directories nodes mount: given to every host, or writable where it should not be. The
 * 2010 document's `/install *(ro,no_root_squash,sync)` is the first kind.
 */
export function wideExports(given: readonly KernelExport[], exports: readonly Export[]): readonly string[] {
  return given.flatMap(({ file, line, directory, clients }) => {
    const touched = exports.filter((one) => isWithin(one.path, directory) || isWithin(directory, one.path));
    if (touched.length === 0) return [];
    const where = `${file} line ${line}`;
    const wide = clients.some(({ name }) => ['*', '0.0.0.0/0', '::/0'].includes(name));
    const writable = clients.some(isWritable);
    const readOnly = touched.filter((one) => !one.writable && isWithin(one.path, directory));
    return [
      ...(wide ? [`${where} gives ${directory} to every host, wanted is the nodes' network: every host can read it all${writable ? ' and change it' : ''}`] : []),
      ...(writable && readOnly.length > 0 ? [`${where} gives ${directory} read-write, wanted is read-only: a node could change ${readOnly[0]?.path ?? ''} for all`] : []),
    ];
  });
}
