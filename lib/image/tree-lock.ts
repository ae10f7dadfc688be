import type { Cluster } from '../cluster/cluster.ts';
import type { Context } from '../command.ts';
import type { Database } from '../db/database.ts';
import { rootimgOf } from './rootimg.ts';

/** Holds the lock of the image a root tree belongs to, so that liteimg and genimage stay away meanwhile; `free` works without one, to look only. */
export function withTreeLock<T>(context: Context, database: Database, cluster: Cluster, root: string, free: boolean, work: () => Promise<T>): Promise<T> {
  if (free) return work();
  const image = cluster.rows('osimage').map((row) => row['imagename'] ?? '').find((name) => {
    const known = cluster.image(name);
    return known !== undefined && rootimgOf(known) === root;
  });
  const name = image ?? root;
  return database.lock(`image:${name}`, work, (holder) => context.notice(`waiting: ${holder} works on ${name}`));
}
