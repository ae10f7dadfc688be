import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import type { System } from '../system/system.ts';
import { errorCode } from './database-error.ts';
import { findPrograms, type Programs } from './postgres-programs.ts';
import { barrierTo, serverAccount, type Account } from './server-account.ts';
import type { Server } from './server.ts';

export interface PrivateOptions {
  /** Further postgresql.conf settings of a server that is made anew; tests turn fsync off with it. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The Postgres server of this installation: its own data directory, reached by unix socket only, started when a command needs it. */
export interface PrivatePostgres extends Server {
  readonly data: string;
  readonly socketDirectory: string;
  readonly start: () => Promise<void>;
  /** Ends the server; connected clients are cut off. False when it was not running. */
  stop(): Promise<boolean>;
  /** Process id of the running server. */
  pid(): Promise<number | undefined>;
}

/** The private server below STATELITE_HOME. Nothing is looked at or started before a method is called. */
export function privatePostgres(system: System, options: PrivateOptions = {}): PrivatePostgres {
  const state = join(stateliteHome(system.env), 'postgres');
  const data = join(state, 'data');
  const socketDirectory = socketDirectoryOf(state, system.uid);
  const place: Place = { state, data, socketDirectory, settings: options.settings ?? {} };
  return {
    name: `the private database in ${state}`,
    config: { host: socketDirectory, port: PORT, user: ROLE, database: 'postgres', ssl: false },
    hint: `litedb status tells more; the server's log is ${logOf(place)}`,
    data,
    socketDirectory,
    start: () => start(system, place),
    stop: async () => {
      if ((await control(system, place, ['status'], [3, 4])).exitCode !== 0) return false;
      await control(system, place, ['stop', '-m', 'fast', '-w', '-s']);
      return true;
    },
    pid: async () => {
      const { exitCode, stdout } = await control(system, place, ['status'], [3, 4]);
      return exitCode === 0 ? Number(/PID: (\d+)/.exec(stdout)?.[1]) : undefined;
    },
  };
}

// --- internal ---

interface Place {
  readonly state: string;
  readonly data: string;
  readonly socketDirectory: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Role every client connects as; peer authentication lets only root and the server's own account have it. */
const ROLE = 'statelite';
/** Part of the socket's name; nothing listens on TCP. */
const PORT = 5432;
/** Longest path of a unix socket on Linux, without the NUL. */
const SOCKET_LIMIT = 107;

const logOf = ({ state }: Place): string => join(state, 'server.log');

// A home with a long path gets its socket in a short directory that its name determines.
function socketDirectoryOf(state: string, uid: number): string {
  if (Buffer.byteLength(join(state, `.s.PGSQL.${PORT}`)) < SOCKET_LIMIT) return state;
  const digest = createHash('sha256').update(state).digest('hex').slice(0, 16);
  return uid === 0 ? `/run/statelite-${digest}` : `/tmp/statelite-${uid}-${digest}`;
}

// Makes the data directory when there is none, and starts the server; another process that does the same meanwhile is no error.
async function start(system: System, place: Place): Promise<void> {
  const account = serverAccount(system, place.data);
  makePrivate(system, place.state, account);
  makePrivate(system, place.socketDirectory, account);
  const barrier = barrierTo(system.files, place.state, account);
  if (barrier !== undefined) {
    throw new StateliteError('DATABASE_DOWN', `the database runs as user ${account.name}, which may not enter ${barrier}`,
      { hint: `chmod o+x ${barrier}, or set STATELITE_HOME to another directory` });
  }
  const programs = await findPrograms(system, place.state, majorOf(system, place.data), account);
  if (!system.files.exists(join(place.data, 'PG_VERSION'))) await initialise(system, place, account, programs);
  const pgCtl = (...words: string[]): Promise<unknown> => runAs(system, account, programs, 'pg_ctl', [...words, '-D', place.data, '-l', logOf(place), '-w', '-s']);
  try {
    await pgCtl('start');
  } catch (error) {
    if (!await hasLostSocket(system, place)) throw startProblem(system, place, error);
    await pgCtl('restart', '-m', 'fast');
  }
}

/** pg_ctl says no more than that it failed: why is in the server's log. */
function startProblem({ files }: System, place: Place, cause: unknown): StateliteError {
  const said = (files.readTextIfThere(logOf(place)) ?? '').split('\n').flatMap((line) => /\b(?:FATAL|PANIC): +(.+)/.exec(line)?.[1] ?? []).at(-1);
  return new StateliteError('COMMAND_FAILED', `the private database in ${place.state} does not start: ${said ?? (cause instanceof Error ? cause.message : String(cause))}`, { hint: `its log is ${logOf(place)}`, cause });
}

// A server that runs but that nobody can reach: its socket was removed, as cleaners of /tmp and /run do. One that just starts gets its own soon.
async function hasLostSocket(system: System, place: Place): Promise<boolean> {
  await system.clock.sleep(500);
  return !system.files.exists(join(place.socketDirectory, `.s.PGSQL.${PORT}`)) && (await control(system, place, ['status'], [3, 4])).exitCode === 0;
}

async function control(system: System, place: Place, args: readonly string[], allow: readonly number[] = []): Promise<{ exitCode: number; stdout: string }> {
  if (!system.files.exists(place.data)) return { exitCode: 4, stdout: '' };
  const account = serverAccount(system, place.data);
  const programs = await findPrograms(system, place.state, majorOf(system, place.data), account);
  return runAs(system, account, programs, 'pg_ctl', [...args, '-D', place.data], allow);
}

// initdb beside the target, then rename: the first of several processes wins and the others drop theirs.
async function initialise(system: System, place: Place, account: Account, programs: Programs): Promise<void> {
  const { files } = system;
  dropAbandoned(system, place.state);
  const temporary = join(place.state, `init-${randomBytes(6).toString('hex')}`);
  makePrivate(system, temporary, account);
  try {
    const quick = place.settings['fsync'] === 'off' ? ['--no-sync'] : [];
    await runAs(system, account, programs, 'initdb',
      ['-D', temporary, '-U', ROLE, '-A', 'peer', '-k', '--encoding=UTF8', '--locale=C.UTF-8', ...quick]).catch((cause: unknown) => {
      throw new StateliteError('DATABASE_DOWN', `the private database could not be made: ${cause instanceof Error ? cause.message : String(cause)}`,
        { hint: `see that ${place.state} has room, and run the command again`, cause });
    });
    files.append(join(temporary, 'postgresql.conf'), settingsText(place));
    files.writeAtomic(join(temporary, 'pg_hba.conf'), 'local all all peer map=statelite\n');
    files.writeAtomic(join(temporary, 'pg_ident.conf'), identText(account));
    files.rename(temporary, place.data);
    files.syncDirectory(place.state);
  } catch (error) {
    files.removeTree(temporary);
    if (!(error instanceof StateliteError) || !['ENOTEMPTY', 'EEXIST'].includes(errorCode(error.cause) ?? '')) throw error;
  }
}

function settingsText(place: Place): string {
  const settings = {
    listen_addresses: '', unix_socket_directories: place.socketDirectory, port: String(PORT), shared_buffers: '32MB', max_wal_size: '128MB',
    ...place.settings,
  };
  return `\n${Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`).join('\n')}\n`;
}

// Root may use the server of any account.
const identText = (account: Account): string => [...new Set(['root', account.name])].map((name) => `statelite "${name}" ${ROLE}\n`).join('');

// Removes what a first start left that was killed more than an hour ago.
function dropAbandoned(system: System, state: string): void {
  const hourAgo = BigInt(system.clock.now() - 3_600_000) * 1_000_000n;
  for (const name of system.files.list(state)) {
    const path = join(state, name);
    if (name.startsWith('init-') && (system.files.look(path)?.mtimeNs ?? hourAgo) < hourAgo) system.files.removeTree(path);
  }
}

// A directory of the server's account that nobody else may enter; one of another owner is refused, for its socket could not be trusted.
function makePrivate(system: System, path: string, account: Account): void {
  system.files.makeDirectories(join(path, '..'));
  if (!system.files.exists(path)) {
    try {
      system.files.makeDirectory(path, 0o700);
      system.files.setOwner(path, account.uid, account.gid);
    } catch (error) {
      if (!system.files.exists(path)) throw error;
    }
  }
  const owner = system.files.look(path)?.uid;
  if (owner !== account.uid && owner !== system.uid) {
    throw new StateliteError('DATABASE_DOWN', `${path} belongs to uid ${owner ?? -1}, not to ${account.name}`, { hint: `remove ${path}, or chown it to ${account.name}` });
  }
}

function majorOf(system: System, data: string): string | undefined {
  return system.files.readTextIfThere(join(data, 'PG_VERSION'))?.trim();
}

function runAs(system: System, account: Account, programs: Programs, program: string, args: readonly string[], allow: readonly number[] = []) {
  return system.run(join(programs.directory, program), args, {
    cwd: '/', allow, env: { LC_ALL: 'C.UTF-8', ...programs.env }, ...(system.uid === 0 ? { uid: account.uid, gid: account.gid } : {}),
  });
}
