import type { Logger } from 'pino';
import { lookAtBoots } from '../stat/look.ts';
import { PHASES } from '../stat/boot.ts';
import type { Clock } from '../system/system.ts';
import type { Follower } from './follow.ts';

/** Tells viewers of the status page how nodes boot. Nothing is read while nobody looks. */
export interface StatusFeed {
  /** `send` gets an event and its data: first `all`, then `news` every second or so. Returns what ends it. */
  readonly watch: (send: (event: 'all' | 'news', data: string) => void) => () => void;
  readonly stop: () => void;
}

/** One look at the tables for all viewers, at most once a second, and a database that is slow is asked less often. */
export function createStatusFeed(tables: Pick<Follower, 'current' | 'database' | 'awaySince'>, clock: Clock, log: Logger, host: string): StatusFeed {
  const viewers = new Set<(event: 'all' | 'news', data: string) => void>();
  /** Of each node, as it was sent last. */
  let known = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;

  const all = (): string => `{"host":${JSON.stringify(host)},"now":${clock.now()},"phases":${JSON.stringify(PHASES)},"nodes":[${[...known.values()].join(',')}]}`;
  const look = async (): Promise<void> => {
    const database = tables.database();
    const names = tables.current()?.cluster.nodes ?? [];
    const since = clock.now();
    const away = tables.awaySince();
    try {
      const boots = database === undefined ? undefined : await lookAtBoots(database, names, since);
      const next = boots === undefined ? known : new Map(boots.map((boot) => [boot.node, JSON.stringify(boot)]));
      const changed = [...next].filter(([node, text]) => known.get(node) !== text).map(([, text]) => text);
      const gone = [...known.keys()].filter((node) => !next.has(node));
      const isFirst = known.size === 0;
      known = next;
      const news = `{"now":${since},"away":${away ?? 0},"gone":${JSON.stringify(gone)},"nodes":[${changed.join(',')}]}`;
      for (const send of viewers) send(isFirst ? 'all' : 'news', isFirst ? all() : news);
    } catch (error) {
      log.warn({ err: error }, 'the boots of the status page could not be read');
    }
    if (viewers.size > 0) timer = setTimeout(again, Math.max(LOOK_MS, 5 * (clock.now() - since)));
    else known = new Map();
  };
  const again = (): void => {
    timer = undefined;
    isLooking = true;
    void look().finally(() => { isLooking = false; });
  };
  return {
    watch: (send) => {
      viewers.add(send);
      if (known.size > 0) send('all', all());
      if (timer === undefined && !isLooking) again();
      return () => { viewers.delete(send); };
    },
    stop: () => {
      viewers.clear();
      clearTimeout(timer);
    },
  };
}

// --- internal ---

const LOOK_MS = 1000;
