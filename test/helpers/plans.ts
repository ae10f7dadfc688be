import { createCluster } from '../../lib/cluster/create.ts';
import type { Cluster, OsImage } from '../../lib/cluster/cluster.ts';
import { nesting } from '../../lib/policy/nesting.ts';
import { parseOption } from '../../lib/policy/option.ts';
import type { PolicyRow } from '../../lib/policy/policy.ts';
import type { Row } from '../../tables/table.ts';

/** A cluster of n01 (groups compute, all) and n02 that boots one image. */
export const planCluster = (tables: Readonly<Record<string, readonly Row[]>> = {}): Cluster =>
  createCluster({
    nodelist: [{ node: 'n01', groups: 'compute,all' }, { node: 'n02', groups: 'all' }],
    osimage: [{ imagename: 'image', groups: 'lab' }],
    linuximage: [{ imagename: 'image', rootimgdir: '/install/image' }],
    ...tables,
  });

export function imageOf(cluster: Cluster): OsImage {
  const image = cluster.image('image');
  if (image === undefined) throw new Error('no image');
  return image;
}

/** Policy rows of `path option`, a slash at a path's end for directories; each finds the nearest directory above it. Rows that may not nest are left out. */
export function policyRows(...texts: readonly string[]): readonly PolicyRow[] {
  const rows: PolicyRow[] = [];
  for (const text of [...texts].sort()) {
    const [, path = '', slash, written = ''] = /^(.*?)(\/)?(?: (\S*))?$/.exec(text) ?? [];
    const above = rows.filter((row) => path.startsWith(`${row.real}/`)).sort((one, two) => two.real.length - one.real.length)[0];
    const { option } = parseOption(written);
    if (above !== undefined && !nesting(above.option, option).allowed) continue;
    rows.push({ path, real: path, type: slash === undefined ? 'file' : 'directory', option, written, reason: `litefile row file=${path}`, ...(above === undefined ? {} : { parent: above.real }) });
  }
  return rows;
}
