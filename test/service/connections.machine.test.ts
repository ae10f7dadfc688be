import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { createConnections } from '../../lib/service/connections.ts';

test('a peer that waited for a place until it must have given up is closed, the next one is served', async () => {
  let now = 0;
  let dropped = 0;
  const served: Socket[] = [];
  const connections = createConnections({ active: 1, perAddress: 1, waiting: 10, patience: 5000 }, { now: () => now }, (socket) => { served.push(socket.resume()); }, () => { dropped += 1; });
  const server = createServer({ pauseOnConnect: true }, connections.enter).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrive = async (count: number): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    while (connections.active() + connections.waiting() < count) await new Promise(setImmediate);
    return socket.resume();
  };
  const first = await arrive(1);
  const early = await arrive(2);
  now = 4000;
  const late = await arrive(3);
  now = 6000;
  first.destroy();
  await once(early, 'close');
  while (served.length < 2) await new Promise(setImmediate);
  expect([dropped, connections.active(), connections.waiting()]).toEqual([1, 1, 0]);
  late.destroy();
  connections.destroy();
  server.close();
});
