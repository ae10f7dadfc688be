import type { Database } from '../db/database.ts';
import type { Cluster } from './cluster.ts';
import { createCluster } from './create.ts';

/** The tables as they are now, as one snapshot. Throws DATABASE_DOWN. */
export async function loadCluster(database: Database): Promise<Cluster> {
  return createCluster(await database.read());
}
