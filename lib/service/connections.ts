import type { Socket } from 'node:net';

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
}

/**
 * Back-pressure in front of TLS: a connection beyond the limits costs a file descriptor and waits, its bytes left in the kernel.
 * Waiting addresses take turns. `start` begins the handshake; `onDrop` counts connections that had to be closed.
 */
export function createConnections(limits: ConnectionLimits, start: (socket: Socket) => void, onDrop: () => void): Connections {
  const active = new Map<Socket, string>();
  const perAddress = new Map<string, number>();
  const waiting = new Map<string, Socket[]>();
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
      const socket = queue.shift();
      if (queue.length > 0) waiting.set(address, queue);
      waitingCount -= 1;
      if (socket !== undefined) begin(socket, address);
    }
  };
  const stop = (): void => {
    stopped = true;
    for (const socket of [...waiting.values()].flat()) socket.destroy();
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
      if (queue === undefined) waiting.set(address, [socket]);
      else queue.push(socket);
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
