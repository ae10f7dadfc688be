import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server as an admin runs one: Debian's Postgres 15, reached over TCP with a password. */
export interface ExternalPostgres {
  /** With the password; a client must write it percent-encoded. */
  readonly url: string;
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
  asNobody('pg_ctl', 'start', '-w', '-s', '-D', join(directory, 'data'), '-l', join(directory, 'log'),
    '-o', `-F -p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory}`);
  return {
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
