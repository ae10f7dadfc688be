import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server as an admin runs one: Debian's Postgres 15, reached over TCP with a password. */
export interface ExternalPostgres {
  /** With the password; a client must write it percent-encoded. */
  readonly url: string;
  /** Process id of the running server. */
  pid(): number;
  /** Starts a server that was killed, as its admin or systemd would. */
  restart(): Promise<void>;
  close(): void;
}

export async function startExternalPostgres(): Promise<ExternalPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'external-'));
  const asNobody = (program: string, ...args: readonly string[]) =>
    execFileSync(join('/usr/lib/postgresql/15/bin', program), args, { uid: 65534, gid: 65534, cwd: '/', stdio: 'ignore' });
  execFileSync('chown', ['nobody', directory]);
  chmodSync(directory, 0o711);
  const port = await freePort();
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'p@ss\n');
  chmodSync(secret, 0o644);
  asNobody('initdb', '-D', join(directory, 'data'), '-U', 'xcat', '-A', 'scram-sha-256', `--pwfile=${secret}`, '--no-sync', '--locale=C.UTF-8', '--encoding=UTF8');
  const start = (): void => {
    asNobody('pg_ctl', 'start', '-w', '-s', '-D', join(directory, 'data'), '-l', join(directory, 'log'),
      '-o', `-F -p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory}`);
  };
  start();
  return {
    pid: () => Number(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    restart: async () => {
      // The killed server's last children may still be there, and the lock file with them.
      for (let left = 50; ; left -= 1) {
        try {
          start();
          return;
        } catch (error) {
          if (left === 0) throw error;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    },
    url: `postgresql://xcat:p%40ss@127.0.0.1:${port}/postgres`,
    close: () => {
      asNobody('pg_ctl', 'stop', '-m', 'immediate', '-s', '-D', join(directory, 'data'));
      rmSync(directory, { recursive: true });
    },
  };
}

// --- internal ---

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
