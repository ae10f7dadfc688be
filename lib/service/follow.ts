import type { Logger } from 'pino';
import { loadCluster } from '../cluster/load.ts';
import type { Database } from '../db/database.ts';
import { createOverlays } from '../overlay/overlays.ts';
import type { System } from '../system/system.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';

/** The newest snapshot, and whether the database can still be asked for a newer one. */
export interface Follower {
  readonly current: () => Snapshot | undefined;
  /** Since when the database has been away, in milliseconds since the epoch; undefined while it answers. */
  readonly awaySince: () => number | undefined;
  /** The open database; undefined while it is away. */
  readonly database: () => Database | undefined;
  /** Fulfilled after the first attempt to read the tables, whether it succeeded or not. */
  readonly tried: Promise<void>;
  /** Reads the tables again at once. */
  readonly reload: () => void;
  readonly stop: () => Promise<void>;
}

export interface FollowOptions {
  readonly system: System;
  readonly open: () => Promise<Database>;
  readonly log: Logger;
  /** Called on every new connection, before the tables are read; what it throws goes to the log like any failure of the database. */
  readonly onConnect: (database: Database) => Promise<void>;
  /** Called after each new snapshot. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/**
 * Keeps a snapshot of the tables: loaded once, again after changes (several in a row count as one), again after the database came
 * back. While it is away the last snapshot stays, and connecting is tried with growing pauses. Never throws: all is said in the log.
 */
export function followTables({ system, open, log, onConnect, onSnapshot }: FollowOptions): Follower {
  let snapshot: Snapshot | undefined;
  const overlays = createOverlays(system);
  let awaySince: number | undefined;
  let connected: Database | undefined;
  let stopped = false;
  const isStopped = (): boolean => stopped;
  let changed = false;
  let wake = (): void => undefined;
  let endTry = (): void => undefined;
  const tried = new Promise<void>((resolve) => { endTry = resolve; });

  const nap = (milliseconds: number): Promise<void> => new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  const load = async (database: Database): Promise<void> => {
    changed = false;
    snapshot = createSnapshot(system.files, await within(ANSWER_MS, loadCluster(database, system.files)), system.clock.now(), overlays);
    report(log, snapshot, awaySince);
    awaySince = undefined;
    endTry();
    onSnapshot(snapshot);
  };
  /** Ends when the service stops, throws when the connection is lost. Listening begins before reading: no change falls between. */
  const stay = async (database: Database): Promise<void> => {
    let lose: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_resolve, reject) => { lose = reject; });
    lost.catch(() => undefined);
    const unlisten = await database.listen(() => { changed = true; wake(); }, (error) => lose(error));
    await load(database);
    while (!isStopped()) {
      await Promise.race([nap(HEARTBEAT_MS), lost]);
      if (isStopped()) break;
      if (changed) {
        await system.clock.sleep(SETTLE_MS);
        await load(database);
      } else {
        await within(ANSWER_MS, database.read(['site']));
      }
    }
    await unlisten();
  };
  const follow = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS;
    while (!isStopped()) {
      let database: Database | undefined;
      try {
        database = await open();
        await onConnect(database);
        connected = database;
        await stay(database);
      } catch (error) {
        if (awaySince === undefined) pause = FIRST_PAUSE_MS;
        awaySince ??= system.clock.now();
        log.error({ err: error, retryMs: pause, serving: snapshot !== undefined }, snapshot === undefined
          ? 'the database does not answer and nothing was read before: nodes are asked to come back'
          : 'the database does not answer: serving the last snapshot');
      } finally {
        connected = undefined;
        await database?.close().catch((error: unknown) => log.debug({ err: error }, 'closing the database connection failed'));
      }
      endTry();
      if (isStopped()) return;
      await nap(pause * (0.5 + Math.random() / 2));
      pause = Math.min(pause * 2, LAST_PAUSE_MS);
    }
  };
  const following = follow();

  return {
    current: () => snapshot,
    awaySince: () => awaySince,
    database: () => connected,
    tried,
    reload: () => { changed = true; wake(); },
    stop: async () => {
      stopped = true;
      wake();
      await following;
    },
  };
}

// --- internal ---

const SETTLE_MS = 100;
const HEARTBEAT_MS = 30_000;
const ANSWER_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 15_000;

/** A broken network may leave a query without any answer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function report(log: Logger, { cluster, addresses }: Snapshot, awaySince: number | undefined): void {
  log.info({ nodes: cluster.nodes.length, addresses: addresses.nodes.size }, awaySince === undefined ? 'tables read' : 'the database answers again: tables read');
  for (const [address, nodes] of addresses.ambiguous) log.warn({ address, nodes }, 'address of several nodes: refused until the hosts table is right');
  for (const [node, reason] of addresses.unreadable) log.warn({ node, reason }, 'address cannot be read: refused until the hosts table is right');
}
