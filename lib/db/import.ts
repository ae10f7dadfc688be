import { xcatDifferences, type Difference } from '../check/xcat-differences.ts';
import { createCluster } from '../cluster/create.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { restoreTables } from './dump.ts';
import { withDatabase } from './open.ts';

/**
 * Takes the tables of an xCAT dump over, all or none, then tells row by row what behaves differently here than in xCAT, why, and what to
 * do. Without a directory the report is about the tables as they are.
 */
export async function importDump(context: Context, directory: string | undefined, json: boolean): Promise<Result> {
  const restored = directory === undefined ? undefined : await restoreTables(context.system, directory, false);
  const differences = xcatDifferences(createCluster(await withDatabase(context.system, (database) => database.read())));
  if (restored !== undefined) {
    context.notice(`restored: ${restored.tables.join(', ')}`);
    if (restored.kept.length > 0) context.notice(`kept as they came, for no command reads them: ${restored.kept.join(', ')}`);
  }
  if (!json) context.notice(`${differences.length} rows behave differently here than in xCAT; litecheck tells what else is wrong`);
  return { exitCode: 0, output: json ? toJson(differences) : differences.map(render).join('\n\n') };
}

// --- internal ---

const render = ({ row, xcat, here, fix }: Difference): string => [row, `    xCAT: ${xcat}`, `    here: ${here}`, `    do:   ${fix}`].join('\n');
