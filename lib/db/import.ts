import type { TableData } from '../../tables/table.ts';
import { xcatDifferences, type Difference } from '../check/xcat-differences.ts';
import { createCluster } from '../cluster/create.ts';
import { toJson, type Context, type Result } from '../command.ts';
import type { Read } from './database.ts';
import { restoreTables } from './dump.ts';
import { withDatabase } from './open.ts';

/** What to take over, and how to tell of it. */
export interface ImportRequest {
  /** A dump of xCAT's; undefined for a report on the tables as they are. */
  readonly directory: string | undefined;
  /** Change nothing: print what would change, and the report on what would then be in the tables. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Takes the tables of an xCAT dump over, all or none, then tells row by row what behaves differently here than in xCAT, why, and what to do. */
export async function importDump(context: Context, { directory, dryRun, json }: ImportRequest): Promise<Result> {
  let tables: TableData = {};
  const look = async (read: Read): Promise<void> => { tables = await read(); };
  const restored = directory === undefined ? undefined : await restoreTables(context.system, directory, dryRun, look);
  if (restored === undefined) await withDatabase(context.system, (database) => look(database.read));
  const differences = xcatDifferences(createCluster(tables));
  if (restored !== undefined) {
    context.notice(`${dryRun ? 'would be restored' : 'restored'}: ${restored.tables.join(', ')}`);
    if (restored.kept.length > 0) context.notice(`kept as they came, for no command reads them: ${restored.kept.join(', ')}`);
  }
  if (!json) context.notice(`${differences.length} rows behave differently here than in xCAT; litecheck tells what else is wrong`);
  const changes = restored === undefined || restored.text === '' ? [] : [restored.text];
  return { exitCode: 0, output: json ? toJson(differences) : [...changes, ...differences.map(render)].join('\n\n') };
}

// --- internal ---

const render = ({ row, xcat, here, fix }: Difference): string => [row, `    xCAT: ${xcat}`, `    here: ${here}`, `    do:   ${fix}`].join('\n');
