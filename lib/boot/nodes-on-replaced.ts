import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { readLastBoots } from '../db/boots.ts';
import type { Database } from '../db/database.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { replaced, ROOT_TREE } from '../image/parts.ts';
import { localTime } from '../stat/render.ts';
import type { Files } from '../system/files.ts';

/**
 * Throws IMAGE_IN_USE while nodes run from the tree that genimage replaced: those whose last boot began before that, as far as they reported, and
 * those that may, as nodes of xCAT report no boot, only a status. `force` is the command that deletes it all the same.
 */
export async function refuseWhileNodesRun(database: Database, files: Files, cluster: Cluster, image: Pick<OsImage, 'name' | 'directory'>, force: string): Promise<void> {
  const tree = replaced(image.directory, ROOT_TREE);
  const fact = files.look(tree);
  if (fact === undefined) return;
  const replacedAt = Number(fact.changedNs / 1_000_000n);
  const nodes = nodesOfImage(cluster, image.name);
  const boots = await readLastBoots(database, nodes);
  const before = boots.filter(({ begun, stopped }) => stopped === undefined && begun < replacedAt).map(({ node }) => node);
  const reported = new Set(boots.map(({ node }) => node));
  const unknown = withOldStatus(cluster, nodes.filter((node) => !reported.has(node)), replacedAt);
  throwProblems([
    ...(before.length === 0 ? [] : [new StateliteError('IMAGE_IN_USE', `${formatNoderange(before)} ${before.length === 1 ? 'has' : 'have'} not booted since genimage replaced the tree ${before.length === 1 ? 'it runs' : 'they run'} from, which is ${tree} and would be deleted now`, {
      hint: `boot ${before.length === 1 ? 'it' : 'them'} again: rpower ${formatNoderange(before)} reset; or ${force}, after which they find no file any more`,
    })]),
    ...(unknown.length === 0 ? [] : [new StateliteError('IMAGE_IN_USE', `${formatNoderange(unknown)} ${unknown.length === 1 ? 'has' : 'have'} a status and never reported a boot, as nodes of xCAT do: whether ${unknown.length === 1 ? 'it runs' : 'they run'} from ${tree}, which would be deleted now, cannot be known`, {
      hint: `if ${unknown.length === 1 ? 'it has' : 'all of them have'} booted since ${localTime(replacedAt)} or ${unknown.length === 1 ? 'is' : 'are'} off: ${force}; else boot ${unknown.length === 1 ? 'it' : 'them'} again first`,
    })]),
  ], 'reasons to keep it, nothing was deleted');
}

// --- internal ---

/** A status of xCAT comes at the end of a boot: one that is this much younger than a tree is of a boot from a newer one, in milliseconds. */
const LONGEST_BOOT = 600_000;

/** Of nodes that run as far as nodelist says, those whose status is older than a boot since then would have. */
const withOldStatus = (cluster: Cluster, nodes: readonly string[], since: number): readonly string[] => {
  const wanted = new Set(nodes);
  return cluster.rows('nodelist').flatMap(({ node = '', status = '', statustime = '' }) => (wanted.has(node) && !NOT_RUNNING.test(status) && !(timeOf(statustime) > since + LONGEST_BOOT) ? [node] : []));
};

/** What xCAT writes to nodelist.status of nodes that do not run, or have no status. */
const NOT_RUNNING = /^(?:|defined|discovering|failed|noping|powering-off|standingby|unreachable)$/;

/** `MM-DD-YYYY hh:mm:ss`, as xCAT and statelited write it; NaN for something else. */
function timeOf(text: string): number {
  const [, month, day, year, ...clock] = (/^(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d):(\d\d)$/.exec(text) ?? []).map(Number);
  const [hours = NaN, minutes = NaN, seconds = NaN] = clock;
  return new Date(year ?? NaN, (month ?? NaN) - 1, day ?? NaN, hours, minutes, seconds).getTime();
}
