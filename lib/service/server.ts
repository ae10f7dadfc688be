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
  const idle = new Set<TLSSocket>();
  const serve = (socket: TLSSocket, bytes: Buffer): void => {
    const plain = readPlainRequest(bytes);
    if (plain !== undefined) {
      servePlain(service, socket, plain, () => {
        idle.add(socket);
        firstBytes(socket, (next) => serve(socket, next), () => idle.delete(socket));
      });
      return;
    }
    socket.unshift(bytes);
    if (isXml(bytes)) serveXcat(service, socket);
    else serveHttp(socket);
    socket.resume();
  };
  server.on('secureConnection', (socket) => firstBytes(socket, (bytes) => serve(socket, bytes)));
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
      for (const socket of idle) socket.destroy();
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

/** Waits for the first bytes of a request and reads no further; `done` is called first, whether they come or the connection ends. */
function firstBytes(socket: TLSSocket, serve: (bytes: Buffer) => void, done = ignore): void {
  const deadline = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
  let bytes: Buffer | undefined;
  const end = (): void => {
    clearTimeout(deadline);
    socket.off('data', look).off('close', end).off('error', ignore);
    done();
  };
  const look = (chunk: Buffer): void => {
    bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
    if (isBlank(bytes)) return;
    end();
    socket.pause();
    serve(bytes);
  };
  socket.on('data', look).on('close', end).on('error', ignore).resume();
}

const ignore = (): void => undefined;

/** Answers one request on a connection that stays open for the next. */
function servePlain(service: Service, socket: TLSSocket, { body, ...request }: PlainRequest, next: () => void): void {
  const peer = { address: normalAddress(socket.remoteAddress ?? '') ?? '', port: socket.remotePort ?? 0 };
  socket.on('error', ignore);
  void answerCall(service, { ...request, peer, body: Readable.from(body.length === 0 ? [] : [body]) }, (status, fields, text) => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`, 'latin1');
    socket.write(status === 204 || status === 304 ? head : Buffer.concat([head, Buffer.from(text)]));
    socket.off('error', ignore);
    next();
  });
}

/** Blanks and line ends, which may stand before a request of either kind; a bounded number of them. */
const isBlank = (bytes: Buffer): boolean => bytes.length < BLANK_LIMIT && bytes.toString('latin1').trim() === '';

/** An HTTP request never begins like that. */
const isXml = (bytes: Buffer): boolean => bytes.subarray(0, BLANK_LIMIT).toString('latin1').trimStart().startsWith('<');
