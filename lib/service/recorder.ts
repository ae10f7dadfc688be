import type { Logger } from 'pino';
import { saveDisks } from '../db/disks.ts';
import type { DiskReport } from '../disks/facts.ts';
import { saveAsked, saveBoots, saveStatuses, type NodeStatus } from '../db/boots.ts';
import type { Database } from '../db/database.ts';
import { mergeBoots, type Asked, type Boot } from '../stat/boot.ts';

/** Takes down what nodes do, without making them wait for the database. */
export interface Recorder {
  /** Fulfilled when the boot is in the database, or as soon as that proves to be away; never fails. */
  readonly boot: (boot: Boot) => Promise<void>;
  readonly asked: (asked: Asked) => void;
  readonly status: (status: NodeStatus) => void;
  readonly disks: (report: DiskReport) => void;
  /** Writes what is left, if the database answers. */
  readonly stop: () => Promise<void>;
}

/**
 * Collects for a tenth of a second, then writes all in a statement for each kind. While the database is away everything is kept, newest first, up to
 * `limit` entries of each kind; a write that failed is tried again with the next.
 */
export function createRecorder(database: () => Database | undefined, log: Logger, limit: number): Recorder {
  const pending = { boots: new Map<string, Boot>(), asked: new Map<string, Asked>(), statuses: new Map<string, NodeStatus>(), disks: new Map<string, DiskReport>() };
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let waiting: (() => void)[] = [];

  const add = <T>(entries: Map<string, T>, key: string, value: T): void => {
    entries.delete(key);
    entries.set(key, value);
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) {
      entries.delete(oldest);
      log.warn({ key: oldest }, 'the database has been away too long: what a node reported is lost');
    }
    later();
  };
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      writing = flush();
    }, COLLECT_MS);
  };
  const flush = async (): Promise<void> => {
    await writing;
    const told = waiting;
    waiting = [];
    try {
      await write();
    } finally {
      for (const tell of told) tell();
    }
  };
  const write = async (): Promise<void> => {
    const open = database();
    if (open === undefined) {
      later();
      return;
    }
    try {
      await drain(pending.boots, (boots) => saveBoots(open, boots));
      await drain(pending.asked, (asked) => saveAsked(open, asked));
      await drain(pending.disks, (reports) => saveDisks(open, reports));
      await drain(pending.statuses, (statuses) => saveStatuses(open, statuses));
    } catch (error) {
      log.warn({ err: error }, 'what nodes reported could not be written yet');
      later();
    }
  };
  return {
    boot: (boot) => {
      const key = `${boot.node} ${boot.boot}`;
      const known = pending.boots.get(key);
      add(pending.boots, key, known === undefined ? boot : mergeBoots(known, boot));
      return new Promise((resolve) => { waiting.push(resolve); });
    },
    asked: (asked) => add(pending.asked, asked.node, asked),
    status: (status) => add(pending.statuses, status.node, status),
    disks: (report) => add(pending.disks, report.node, report),
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await flush();
      clearTimeout(timer);
    },
  };
}

// --- internal ---

const COLLECT_MS = 100;

/** Entries that were changed while they were written stay for the next time; a failed write leaves all. */
async function drain<T>(entries: Map<string, T>, write: (values: readonly T[]) => Promise<void>): Promise<void> {
  const written = [...entries];
  await write(written.map(([, value]) => value));
  for (const [key, value] of written) if (entries.get(key) === value) entries.delete(key);
}
