import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { hostname } from 'node:os';
import type { AddressInfo } from 'node:net';
import { readPieces } from '../db/boots.ts';
import { asset } from '../system/assets.ts';
import type { Files } from '../system/files.ts';
import type { ServerCertificate } from './certificates.ts';
import { identify, normalAddress } from './identity.ts';
import { listening } from './listening.ts';
import type { Service } from './service.ts';
import { createStatusFeed } from './status-feed.ts';

/** A page that shows how nodes boot, for admins. */
export interface StatusPage {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface StatusPageOptions {
  readonly service: Service;
  readonly files: Files;
  /** The admin's address: nothing listens anywhere else. */
  readonly address: string;
  readonly port: number;
  readonly certificate: ServerCertificate;
}

/**
 * Serves the page at one address, to read only: plain HTTP on a loopback address (to be reached through ssh), TLS with the server's certificate on any
 * other. A node may not look: it sees itself only. Throws SERVICE_REFUSED when the address or port cannot be had.
 */
export async function serveStatusPage({ service, files, address, port, certificate }: StatusPageOptions): Promise<StatusPage> {
  const feed = createStatusFeed(service.tables, service.clock, service.log, hostname());
  const page = new Map(Object.entries(PARTS).map(([path, { file, type }]) => [path, { type, body: files.readBytes(asset(`add-on/statelited/status-page/${file}`)) }]));
  let viewers = 0;
  const events = (request: IncomingMessage, response: ServerResponse): void => {
    if (viewers >= VIEWERS_LIMIT) {
      refuse(response, 503, 'too many are looking');
      return;
    }
    viewers += 1;
    request.socket.setTimeout(0);
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    const leave = feed.watch((event, data) => {
      // Whoever does not read what he is sent comes again and gets all of it anew.
      if (response.writableLength > UNREAD_LIMIT) response.destroy();
      else response.write(`event: ${event}\ndata: ${data}\n\n`);
    });
    response.once('close', () => {
      viewers -= 1;
      leave();
    });
  };
  /** What the last boot of one node was made of, what took longest first. */
  const pieces = async (name: string, response: ServerResponse): Promise<void> => {
    const database = service.tables.database();
    if (service.tables.current()?.cluster.isNode(name) !== true) refuse(response, 404, 'there is no such node');
    else if (database === undefined) refuse(response, 503, 'the database is away');
    else {
      try {
        const found = (await readPieces(database, [name])).toSorted((one, other) => other.ms - one.ms || (other.bytes ?? 0) - (one.bytes ?? 0));
        response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify({ count: found.length, pieces: found.slice(0, MOST_PIECES) }));
      } catch (error) {
        service.log.warn({ err: error }, 'the rows of a boot could not be read');
        refuse(response, 503, 'the database is away');
      }
    }
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const peer = normalAddress(request.socket.remoteAddress ?? '') ?? '';
    const snapshot = service.tables.current();
    const node = snapshot === undefined ? undefined : identify(snapshot.addresses, peer);
    const path = request.url ?? '';
    const part = page.get(path);
    if (node !== undefined) refuse(response, 403, `${node} is a node: it sees itself only`);
    else if (!isOwnHost(request.headers.host, isLoopback(address))) refuse(response, 421, 'this page is asked for by its address');
    else if (request.method !== 'GET') refuse(response, 405, 'there is nothing to change here', { allow: 'GET' });
    else if (path === '/events') events(request, response);
    else if (path.startsWith(PIECES)) void pieces(decoded(path.slice(PIECES.length)), response);
    else if (part === undefined) refuse(response, 404, 'there is nothing here');
    else response.writeHead(200, { ...HEADERS, 'content-type': part.type, 'content-length': part.body.length }).end(part.body);
    service.log.debug({ request: `${request.method ?? ''} ${path}`, status: response.statusCode, address: peer }, 'status page');
  };
  const limits = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };
  const server = isLoopback(address) ? createHttp(limits, answer) : createHttps({ ...limits, key: certificate.key, cert: certificate.certificate, minVersion: 'TLSv1.2' }, answer);
  server.timeout = IDLE_MS;
  server.maxConnections = 4 * VIEWERS_LIMIT;
  await listening(server, port, address);
  const bound = server.address() as AddressInfo;
  return {
    url: `${isLoopback(address) ? 'http' : 'https'}://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}/`,
    stop: () => new Promise((resolve) => {
      feed.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

// --- internal ---

const PARTS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
};

const PIECES = '/rows?';
const MOST_PIECES = 8;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

const VIEWERS_LIMIT = 32;
const UNREAD_LIMIT = 32 * 1024 * 1024;
const IDLE_MS = 30_000;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const refuse = (response: ServerResponse, status: number, reason: string, more: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', ...more }).end(`${reason}\n`);
};

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** On a loopback address a name of somebody else's could lead a browser here (DNS rebinding). */
const isOwnHost = (host: string | undefined, loopback: boolean): boolean => !loopback || /^(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d+)?$/.test(host ?? '');
