import type { Socket } from 'node:net';
import type { Clock } from '../system/system.ts';

/** Lets connections in as there is room for them. */
export interface Connections {
  readonly active: () => number;
  readonly waiting: () => number;
  readonly enter: (socket: Socket) => void;
  /** Closes the waiting ones; nobody new comes in. */
  readonly stop: () => void;
  /** Closes all. */
  readonly destroy: () => void;
}

export interface ConnectionLimits {
  /** Connections served at once. */
  readonly active: number;
  /** Of those, from one source address: one broken client cannot take all places. */
  readonly perAddress: number;
  /** Accepted connections that may wait, unread, for a place; further ones are closed. */
  readonly waiting: number;
  /** Milliseconds after which a waiting peer has given up: a handshake with it would only keep others waiting. */
  readonly patience: number;
}

/**
 * Back-pressure in front of TLS: a connection beyond the limits costs a file descriptor and waits, its bytes left in the kernel.
 * Waiting addresses take turns. `start` begins the handshake; `onDrop` counts connections that had to be closed.
 */
export function createConnections(limits: ConnectionLimits, { now }: Pick<Clock, 'now'>, start: (socket: Socket) => void, onDrop: () => void): Connections {
  const active = new Map<Socket, string>();
  const perAddress = new Map<string, number>();
  const waiting = new Map<string, { readonly socket: Socket; readonly since: number }[]>();
  let waitingCount = 0;
  let stopped = false;

  const begin = (socket: Socket, address: string): void => {
    active.set(socket, address);
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
    socket.once('close', () => leave(socket, address));
    start(socket);
  };
  const leave = (socket: Socket, address: string): void => {
    active.delete(socket);
    const left = (perAddress.get(address) ?? 1) - 1;
    if (left === 0) perAddress.delete(address);
    else perAddress.set(address, left);
    beginWaiting();
  };
  // An address that got a place goes to the end of the map and so of the turn.
  const beginWaiting = (): void => {
    for (const [address, queue] of waiting) {
      if (active.size >= limits.active) return;
      if ((perAddress.get(address) ?? 0) >= limits.perAddress) continue;
      waiting.delete(address);
      const next = queue.shift();
      if (queue.length > 0) waiting.set(address, queue);
      waitingCount -= 1;
      if (next !== undefined && now() - next.since > limits.patience) {
        onDrop();
        next.socket.destroy();
      } else if (next !== undefined) begin(next.socket, address);
    }
  };
  const stop = (): void => {
    stopped = true;
    for (const { socket } of [...waiting.values()].flat()) socket.destroy();
    waiting.clear();
    waitingCount = 0;
  };

  return {
    active: () => active.size,
    waiting: () => waitingCount,
    enter: (socket) => {
      const address = socket.remoteAddress;
      if (stopped || address === undefined || waitingCount >= limits.waiting) {
        onDrop();
        socket.destroy();
        return;
      }
      const queue = waiting.get(address);
      if (queue === undefined) waiting.set(address, [{ socket, since: now() }]);
      else queue.push({ socket, since: now() });
      waitingCount += 1;
      beginWaiting();
    },
    stop,
    destroy: () => {
      stop();
      for (const socket of [...active.keys()]) socket.destroy();
    },
  };
}
