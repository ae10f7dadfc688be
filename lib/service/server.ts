import { STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';
import { createConnections, type ConnectionLimits, type Connections } from './connections.ts';
import { answerCall, createHttpHandler } from './http.ts';
import { normalAddress } from './identity.ts';
import { listening } from './listening.ts';
import { readPlainRequest, type PlainRequest } from './plain-request.ts';
import type { Service } from './service.ts';
import { serveXcat } from './xcat.ts';

/** A listening TLS server that speaks HTTP and xCAT's XML on one port. */
export interface NodeServer {
  readonly address: AddressInfo;
  readonly connections: Pick<Connections, 'active' | 'waiting'>;
  /** New connections get the new certificate. */
  readonly replaceCertificate: (certificate: ServerCertificate) => void;
  /** Takes no new connection, answers what was asked, waits at most `milliseconds` for slow peers. */
  readonly stop: (milliseconds: number) => Promise<void>;
}

export interface ServerOptions {
  readonly service: Service;
  readonly certificate: ServerCertificate;
  /** All addresses when unset. */
  readonly listen?: string;
  readonly port: number;
  readonly limits: ConnectionLimits;
}

/** Starts listening. Throws SERVICE_REFUSED when the address or port cannot be had. */
export async function startServer({ service, certificate, listen, port, limits }: ServerOptions): Promise<NodeServer> {
  const server = createServer({ ...secrets(certificate), ...TIMES, pauseOnConnect: true, maxHeaderSize: HEADER_LIMIT }, createHttpHandler(service));
  server.timeout = IDLE_MS;
  server.on('tlsClientError', (error, socket) => {
    service.metrics.handshakeFailed();
    service.log.debug({ err: error, address: socket.remoteAddress }, 'handshake failed');
  });
  const connections = createConnections(limits, service.clock, takeOver(server, 'connection'), service.metrics.dropped);
  server.on('connection', connections.enter);
  const serveHttp = takeOver(server, 'secureConnection');
  server.on('secureConnection', (socket) => firstBytes(socket, (bytes) => {
    const plain = readPlainRequest(bytes);
    if (plain !== undefined) return servePlain(service, socket, plain);
    socket.unshift(bytes);
    if (isXml(bytes)) serveXcat(service, socket);
    else serveHttp(socket);
    socket.resume();
  }));
  await listening(server, port, listen);
  return {
    address: server.address() as AddressInfo,
    connections,
    replaceCertificate: (newer) => server.setSecureContext(secrets(newer)),
    stop: (milliseconds) => new Promise((resolve) => {
      const deadline = setTimeout(connections.destroy, milliseconds);
      server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
      connections.stop();
      server.closeIdleConnections();
    }),
  };
}

// --- internal ---

const HEADER_LIMIT = 8 * 1024;
const BLANK_LIMIT = 64;
const IDLE_MS = 15_000;
const FIRST_BYTES_MS = 5_000;
const TIMES = { handshakeTimeout: 10_000, headersTimeout: 5_000, requestTimeout: 15_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 };

const secrets = ({ key, certificate }: ServerCertificate): { key: string; cert: string; minVersion: 'TLSv1.2' } => ({ key, cert: certificate, minVersion: 'TLSv1.2' });

/** Takes Node's own listener off the server, to be called when we say so: the TLS one after there is room, the HTTP one when it is HTTP. */
function takeOver(server: Server, event: 'connection' | 'secureConnection'): (socket: Socket) => void {
  const listeners = server.listeners(event) as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners(event);
  return (socket) => listeners.forEach((listener) => listener.call(server, socket));
}

/** Waits for the first bytes after the handshake and reads no further. */
function firstBytes(socket: TLSSocket, serve: (bytes: Buffer) => void): void {
  const deadline = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
  let bytes: Buffer | undefined;
  const look = (chunk: Buffer): void => {
    bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
    if (isBlank(bytes)) return;
    clearTimeout(deadline);
    socket.off('data', look);
    socket.off('error', ignore);
    socket.pause();
    serve(bytes);
  };
  socket.on('error', ignore);
  socket.once('close', () => clearTimeout(deadline));
  socket.on('data', look).resume();
}

const ignore = (): void => undefined;

/** One request, its answer, the end: what curl in the initrd wants of a connection. */
function servePlain(service: Service, socket: TLSSocket, { target, headers }: PlainRequest): void {
  socket.on('error', ignore);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const peer = { address: normalAddress(socket.remoteAddress ?? '') ?? '', port: socket.remotePort ?? 0 };
  void answerCall(service, { method: 'GET', target, headers, peer, body: NOTHING }, (status, fields, body) => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}connection: close\r\n\r\n`, 'latin1');
    socket.end(status === 304 ? head : Buffer.concat([head, Buffer.from(body)]));
    socket.resume();
  });
}

const NOTHING = Readable.from([]);

/** Blanks and line ends, which may stand before a request of either kind; a bounded number of them. */
const isBlank = (bytes: Buffer): boolean => bytes.length < BLANK_LIMIT && bytes.toString('latin1').trim() === '';

/** An HTTP request never begins like that. */
const isXml = (bytes: Buffer): boolean => bytes.subarray(0, BLANK_LIMIT).toString('latin1').trimStart().startsWith('<');
