import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How to ask a service whether it works: a real request in its own protocol. */
export type Probe =
  | { readonly kind: 'rpc'; readonly host: string; readonly port: number; readonly program: number; readonly version: number }
  | { readonly kind: 'tftp'; readonly host: string; readonly file: string }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number };

/** Asks once, and is true when the service answered in time (milliseconds). */
export async function answers(probe: Probe, timeout = 2000): Promise<boolean> {
  switch (probe.kind) {
    case 'rpc': return asksStream(connect(probe.port, probe.host), nullCall(probe.program, probe.version), timeout);
    case 'tls': return handshakes(probe, timeout);
    case 'tftp': return asksTftp(probe, timeout);
  }
}

// --- internal ---

/** ONC RPC call of procedure 0, which does nothing but answer, in one TCP record (RFC 5531). */
function nullCall(program: number, version: number): Buffer {
  const words = [0x80000028, 0x1ab, 0, 2, program, version, 0, 0, 0, 0, 0];
  const call = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => call.writeUInt32BE(word, index * 4));
  return call;
}

function asksStream(socket: Socket, request: Buffer, timeout: number): Promise<boolean> {
  return settled(socket, timeout, (succeed) => {
    socket.once('connect', () => socket.write(request));
    socket.once('data', succeed);
  });
}

/** Any certificate will do here: that the service speaks TLS is the question, not whom it is. */
function handshakes({ host, port }: { host: string; port: number }, timeout: number): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  return settled(socket, timeout, (succeed) => socket.once('secureConnect', succeed));
}

function settled(socket: Socket, timeout: number, arrange: (succeed: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answer: boolean) => (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(end(false), timeout);
    socket.once('error', end(false)).once('close', end(false));
    arrange(end(true));
  });
}

/** A read request (RFC 1350); the first data block is the answer, an error packet is none. */
function asksTftp({ host, file }: { host: string; file: string }, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => { end(false); }, timeout);
    socket.once('error', () => { end(false); });
    socket.once('message', (packet) => { end(packet.readUInt16BE(0) === 3); });
    socket.send(Buffer.from(`\0\x01${file}\0octet\0`, 'latin1'), 69, host);
  });
}
