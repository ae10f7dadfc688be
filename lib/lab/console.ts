import { connect } from 'node:net';
import { StateliteError } from '../errors.ts';
import type { Lab } from './instance.ts';
import { requireNode } from './node-state.ts';

/** Keys that leave a console, as xCAT's rcons: Ctrl-e c . */
const LEAVE = '\u0005c.';

/** Joins this terminal to a node's console until the leave keys, the end of input, or the node's end; the terminal is always given back as it was. */
export async function joinConsole(lab: Lab, node: string, notice: (line: string) => void): Promise<void> {
  const { console: path } = await requireNode(lab, node);
  const { stdin, stdout } = process;
  const socket = connect(path);
  notice(`[console of ${node}: leave with Ctrl-e c .]`);
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  try {
    await new Promise<void>((resolve, reject) => {
      const filter = createKeyFilter();
      socket.once('error', (error) => { reject(new StateliteError('LAB', `${node}: its console cannot be reached (${error.message})`, { hint: 'litelab status', cause: error })); });
      socket.once('close', () => { resolve(); });
      socket.on('data', (data) => stdout.write(data));
      stdin.on('data', (data: Buffer) => {
        const { send, leave } = filter(data.toString('latin1'));
        if (send !== '') socket.write(send, 'latin1');
        if (leave) resolve();
      });
      stdin.once('end', () => { resolve(); });
    });
  } finally {
    socket.destroy();
    if (raw) stdin.setRawMode(false);
    stdin.pause();
    notice(`\r\n[left the console of ${node}]`);
  }
}

/** Passes typed text on until the leave keys come, in however many pieces; keys that only begin like them are passed on late. */
export function createKeyFilter(): (text: string) => { readonly send: string; readonly leave: boolean } {
  let held = '';
  return (text) => {
    let send = '';
    for (const key of text) {
      held += key;
      if (held === LEAVE) return { send, leave: true };
      while (held !== '' && !LEAVE.startsWith(held)) {
        send += held.slice(0, 1);
        held = held.slice(1);
      }
    }
    return { send, leave: false };
  };
}
