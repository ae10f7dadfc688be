import type { Database } from '../db/database.ts';
import type { Files } from '../system/files.ts';
import type { Cluster } from './cluster.ts';
import { createCluster } from './create.ts';

/** The tables as they are now, as one snapshot; `files` for those who ask about disks, which a file may describe. Throws DATABASE_DOWN. */
export async function loadCluster(database: Database, files?: Files): Promise<Cluster> {
  return createCluster(await database.read(), files);
}
