import type { Server } from 'node:net';
import { StateliteError } from '../errors.ts';

/** Fulfilled when the server listens; on all addresses without a host. Throws SERVICE_REFUSED when the address or port cannot be had. */
export function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new StateliteError('SERVICE_REFUSED', `cannot listen on ${host ?? 'all addresses'}, port ${port}: ${cause.code ?? cause.message}`, {
      hint: cause.code === 'EADDRINUSE' ? `ss -ltnp sport = :${port} shows who uses the port` : 'choose another address or port', cause,
    })));
    server.listen({ port, ...(host === undefined ? {} : { host }), backlog: 4096 }, () => resolve());
  });
}
