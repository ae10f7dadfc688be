import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createConnections, type ConnectionLimits } from './connections.ts';
import { normalAddress } from './identity.ts';
import { listening } from './listening.ts';
import { admit, record, type Service } from './service.ts';

/** Takes status reports of nodes in xCAT's way. */
export interface InstallMonitor {
  readonly address: AddressInfo;
  readonly stop: () => Promise<void>;
}

export interface MonitorOptions {
  readonly service: Service;
  readonly listen?: string;
  readonly port: number;
  readonly limits: ConnectionLimits;
}

/**
 * xCAT's install monitor, plain TCP: the server says `ready`, the node one line (`installstatus booted`), the server `done`. A node speaks for
 * itself only; a peer that is none gets no greeting. `next` and the rest of xCAT's lines, which are about installing to disk, are answered and
 * otherwise ignored. Throws SERVICE_REFUSED when the address or port cannot be had.
 */
export async function startInstallMonitor({ service, listen, port, limits }: MonitorOptions): Promise<InstallMonitor> {
  const server = createServer({ pauseOnConnect: true });
  const connections = createConnections(limits, service.clock, (socket) => serveMonitor(service, socket), service.metrics.dropped);
  server.on('connection', connections.enter);
  await listening(server, port, listen);
  return {
    address: server.address() as AddressInfo,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      connections.destroy();
    }),
  };
}

// --- internal ---

const LINE_LIMIT = 1024;
const IDLE_MS = 15_000;

function serveMonitor(service: Service, socket: Socket): void {
  const since = service.clock.now();
  const peer = { address: normalAddress(socket.remoteAddress ?? '') ?? '', port: socket.remotePort ?? 0 };
  const end = (status: string, facts: Readonly<Record<string, unknown>>, text = ''): void => {
    socket.removeAllListeners('data');
    socket.resume();
    socket.end(text);
    record(service, 'installstatus', status, since, { address: peer.address, ...facts });
  };
  socket.on('error', () => undefined);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const admission = admit(service, peer, []);
  if ('status' in admission) {
    end(String(admission.status), { reason: admission.reason });
    return;
  }
  let said = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    said += part;
    const [line, rest] = said.split('\n');
    if (rest !== undefined && line !== undefined) end('200', { node: admission.node, line, ...take(service, admission.node, line, since) }, 'done\n');
    else if (said.length > LINE_LIMIT) end('400', { node: admission.node, reason: 'a line without an end' });
  });
  socket.write('ready\n');
  socket.resume();
}

/** A status is one word, for example netbooting, booted or failed. */
function take({ recorder }: Service, node: string, line: string, at: number): Readonly<Record<string, unknown>> {
  const status = /^installstatus\s+"?([\w-]{1,32})"?\s*$/.exec(line.trim())?.[1];
  if (status === undefined) return { ignored: true };
  recorder.status({ node, status, at });
  return {};
}
