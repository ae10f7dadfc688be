import { createFiles, type Files } from './files.ts';
import { run, type Run } from './processes.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** All effects of the house, handed down from the entry; tests hand in their own where they must. */
export interface System {
  readonly files: Files;
  readonly run: Run;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
}

export function createSystem(): System {
  return {
    files: createFiles(),
    run,
    clock: { now: () => Date.now(), sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)) },
    env: process.env,
    uid: process.getuid?.() ?? 0,
  };
}
