import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '../../lib/db/open.ts';
import { privatePostgres, type PrivatePostgres } from '../../lib/db/private-postgres.ts';
import { createSystem, type System } from '../../lib/system/system.ts';

/** A STATELITE_HOME in a temporary directory. */
export interface Home {
  readonly path: string;
  /** For child processes: the caller's environment with this home. */
  readonly env: Readonly<Record<string, string>>;
  readonly system: System;
  readonly postgres: PrivatePostgres;
  /** Stops the server and removes the directory. */
  cleanup(): Promise<void>;
}

/** A new home, with its private server running without syncs unless `started` is false: then nothing is there yet. */
export async function makeHome({ started = true, prefix = 'statelite-home-' } = {}): Promise<Home> {
  const path = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(path, 0o711);
  const env = { ...definedEnv(), STATELITE_HOME: path, STATELITE_DATABASE_URL: '' };
  const system: System = { ...createSystem(), env };
  const postgres = privatePostgres(system, { settings: { fsync: 'off' } });
  if (started) await postgres.start();
  return {
    path, env, system, postgres,
    cleanup: async () => {
      await postgres.stop();
      rmSync(path, { recursive: true, force: true });
      if (!postgres.socketDirectory.startsWith(path)) rmSync(postgres.socketDirectory, { recursive: true, force: true });
    },
  };
}

/** One server for a test file; every test gets a database of its own on it, with the first rows in. */
export interface TestServer {
  /** A system whose STATELITE_DATABASE_URL is a new database. */
  newDatabase(): Promise<System>;
  close(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  const home = await makeHome();
  await (await openDatabase(home.system)).close();
  let count = 0;
  return {
    newDatabase: async () => {
      count += 1;
      const client = new pg.Client({ ...home.postgres.config, database: 'template1' });
      await client.connect();
      await client.query(`CREATE DATABASE test${count} TEMPLATE postgres`);
      await client.end();
      const url = `postgresql://statelite@/test${count}?host=${encodeURIComponent(home.postgres.socketDirectory)}`;
      return { ...home.system, env: { ...home.env, STATELITE_DATABASE_URL: url } };
    },
    close: () => home.cleanup(),
  };
}

// --- internal ---

const definedEnv = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
