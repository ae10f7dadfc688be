import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import { readPieces, readPieceTimes } from '../db/boots.ts';
import type { Database } from '../db/database.ts';
import { withDatabase } from '../db/open.ts';
import { StateliteError } from '../errors.ts';
import { lookAtBoots } from './look.ts';
import { duration, localTime, renderBoot } from './render.ts';
import { renderSlow } from './render-slow.ts';
import { findSlow, slowPhases } from './slow.ts';
import type { NodeBootState } from './timeline.ts';

export interface LitestatRequest {
  /** All nodes when unset. */
  readonly noderange?: string | undefined;
  readonly json: boolean;
  /** Percentiles of each phase and who stands out, in place of nodes. */
  readonly slow: boolean;
  /** Goes on printing what changes until the process is ended. */
  readonly watch: boolean;
}

/** How nodes booted last. Throws NODERANGE_SYNTAX and NODERANGE_UNKNOWN, USAGE for --watch with --slow. */
export async function litestat(context: Context, { noderange, json, slow, watch }: LitestatRequest): Promise<Result> {
  if (watch && slow) throw new StateliteError('USAGE', '--watch shows nodes one by one, --slow all together', { hint: 'litestat --slow' });
  return withDatabase(context.system, async (database) => {
    const cluster = await loadCluster(database);
    const nodes = noderange === undefined ? cluster.nodes : expandNoderange(cluster, noderange);
    if (nodes.length === 0) context.notice('the tables have no node');
    if (watch) return follow(context, database, nodes, json);
    const now = context.system.clock.now();
    const boots = await lookAtBoots(database, nodes, now);
    if (slow) {
      const apart = new Set(slowPhases(boots).outliers.map(({ node }) => node));
      const found = findSlow(boots, await readPieceTimes(database, nodes), await readPieces(database, [...apart]));
      return done(json ? toJson(found) : renderSlow(found));
    }
    return done(json ? toJson(boots.map((boot) => facts(boot, now))) : boots.flatMap((boot) => renderBoot(boot, now)).join('\n'));
  });
}

// --- internal ---

const WATCH_MS = 1000;

/** Prints each node's lines when they say something new; time that goes by alone is nothing new. A database that is away is waited for. */
async function follow({ system: { clock }, print, notice }: Context, database: Database, nodes: readonly string[], json: boolean): Promise<never> {
  const printed = new Map<string, string>();
  let away: number | undefined;
  for (;;) {
    const now = clock.now();
    const boots = await lookAtBoots(database, nodes, now).catch((error: unknown) => {
      if (!(error instanceof StateliteError) || error.code !== 'DATABASE_DOWN') throw error;
      if (away === undefined) notice(`${localTime(now)} ${error.message}: waiting for it`);
      away ??= now;
      return undefined;
    });
    if (boots !== undefined && away !== undefined) {
      notice(`${localTime(now)} the database is back after ${duration(now - away)}`);
      away = undefined;
    }
    for (const boot of boots ?? []) {
      const known = JSON.stringify(boot);
      if (printed.get(boot.node) === known) continue;
      printed.set(boot.node, known);
      if (json) print(JSON.stringify(facts(boot, now)));
      else for (const line of renderBoot(boot, now)) print(`${localTime(now)} ${line}`);
    }
    await clock.sleep(Math.max(WATCH_MS, 4 * (clock.now() - now)));
  }
}

/** Times as ISO 8601 text, as JSON readers expect them; durations stay milliseconds. */
function facts({ begun, heard, since, asked, ...boot }: NodeBootState, now: number): Readonly<Record<string, unknown>> {
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    ...boot,
    ...(begun === undefined ? {} : { begun: iso(begun) }),
    ...(heard === undefined ? {} : { heard: iso(heard) }),
    ...(since === undefined ? {} : { since: iso(since), inPhaseFor: now - since }),
    ...(asked === undefined ? {} : { asked: { ...asked, asked: iso(asked.asked) } }),
  };
}
