import { createReadStream, promises as fs } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { StateliteError } from '../errors.ts';

export interface BootFilesOptions {
  readonly directory: string;
  /** site.tftpdir: a URL may name a file with this in front, as xCAT's do, or without. */
  readonly prefix: string;
  readonly port: number;
  /** All addresses when unset. */
  readonly listen?: string | undefined;
  readonly log: Logger;
}

/**
 * Gives a directory out over plain HTTP, to read only, for firmware and boot loaders that know no TLS: what TFTP gives to everyone, and like it only
 * regular files that all may read. Throws SERVICE_REFUSED when the port cannot be had.
 */
export async function serveBootFiles({ directory, prefix, port, listen, log }: BootFilesOptions): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer({ maxHeaderSize: 8 * 1024, requestTimeout: 15_000, headersTimeout: 5_000 }, (request, response) => {
    answer(request, response, directory, prefix)
      .then((status) => log.info({ request: `${String(request.method)} ${String(request.url)}`, status, address: request.socket.remoteAddress }, 'boot file'))
      .catch((error: unknown) => {
        log.debug({ err: error }, 'a boot file was not taken to its end');
        response.destroy();
      });
  });
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new StateliteError('SERVICE_REFUSED', `cannot listen on ${listen ?? 'all addresses'}, port ${port}: ${cause.code ?? cause.message}`, {
      hint: `ss -ltnp sport = :${port} shows who uses the port; site.httpport sets another`, cause,
    })));
    server.listen({ port, ...(listen === undefined ? {} : { host: listen }), backlog: 4096 }, resolve);
  });
  return {
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

// --- internal ---

/** What a slow node may pause for. */
const IDLE_MS = 60_000;
const READABLE_BY_ALL = 0o004;

/** Answers one request; resolves with the status once all is sent. */
async function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, directory: string, prefix: string): Promise<number> {
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, { Allow: 'GET, HEAD' });
  const path = placeOf(url, prefix);
  const file = path === undefined ? undefined : await open(join(directory, path));
  if (file === undefined) return end(response, 404);
  try {
    const { size, mtime } = await file.stat();
    // GRUB knows Content-Length in this spelling only.
    response.writeHead(200, { 'Content-Type': await typeOf(file), 'Content-Length': size, 'Last-Modified': mtime.toUTCString() });
    if (method === 'HEAD' || size === 0) response.end();
    else await pipeline(createReadStream('', { fd: file, autoClose: false, start: 0, end: size - 1 }), response);
    return 200;
  } finally {
    await file.close();
  }
}

/** UEFI HTTP boot runs a program only when the type, or the end of its name, says that it is one. */
async function typeOf(file: fs.FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.toString('latin1') === 'MZ' ? 'application/efi' : 'application/octet-stream';
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): number {
  response.writeHead(status, { 'Content-Length': 0, ...headers }).end();
  return status;
}

/** The path below the directory that a URL names; undefined when it names none. */
function placeOf(url: string, prefix: string): string | undefined {
  try {
    const path = normalize(`/${decodeURIComponent(url.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/, ''))}`);
    if (path.includes('\0')) return undefined;
    return prefix !== '/' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  } catch {
    return undefined;
  }
}

/** A regular file that everyone may read; links in the directory are the admin's and are followed, as TFTP does. */
async function open(path: string): Promise<fs.FileHandle | undefined> {
  try {
    const stat = await fs.stat(path);
    return stat.isFile() && (stat.mode & READABLE_BY_ALL) !== 0 ? await fs.open(path, 'r') : undefined;
  } catch {
    return undefined;
  }
}
