import { connect } from 'node:net';

/**
 * Sends one command to QEMU's monitor socket and gives its answer; undefined when no QEMU listens there any more (the answer to `quit` may get lost so).
 * Rejects after `timeout` milliseconds.
 */
export function qmp(path: string, command: string, words: Readonly<Record<string, unknown>> = {}, timeout = 5000): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`QEMU did not answer ${command} on ${path}`));
    }, timeout);
    let text = '';
    let answers = 0;
    const settle = (answer: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.once('error', () => { settle(undefined); }).once('close', () => { settle(undefined); });
    socket.on('data', (data) => {
      text += data.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as Readonly<Record<string, unknown>>;
        if ('QMP' in message) socket.write(`{"execute":"qmp_capabilities"}${JSON.stringify({ execute: command, arguments: words })}`);
        else if ('return' in message && ++answers === 2) settle(message['return']);
        else if ('error' in message) settle(undefined);
      }
    });
  });
}

/** True while a QEMU listens on its monitor socket. */
export const isRunning = async (path: string): Promise<boolean> => (await qmp(path, 'query-status')) !== undefined;
