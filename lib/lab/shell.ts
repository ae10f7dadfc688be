import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { requireNode } from './node-state.ts';
import type { Lab } from './instance.ts';

export interface ShellResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line as root on a node, through its shell on the second serial line; calls for one node take turns. `timeout` in milliseconds
 * covers waiting for the turn too. Throws LAB when the node is off, or gives no answer in time (the command is then ended).
 */
export async function runOn(system: System, lab: Lab, node: string, command: string, timeout = 60_000): Promise<ShellResult> {
  const { shell } = await requireNode(lab, node);
  const limit = system.clock.now() + timeout;
  const socket = await join(system, shell, limit, node);
  const mark = randomBytes(8).toString('hex');
  const received: Received = { text: '' };
  socket.on('data', (data) => { received.text += data.toString('latin1'); });
  socket.on('error', () => { received.ended = true; }).on('close', () => { received.ended = true; });
  try {
    await greet(system, socket, received, mark, limit, node);
    for (const line of script(command)) socket.write(`${line}\n`, 'latin1');
    const end = new RegExp(`${mark}=begin\n([^]*)${mark}=middle\n([^]*)${mark}=(\\d+)=end\n`);
    for (;;) {
      const match = received.text.includes('=end\n') ? end.exec(received.text) : null;
      if (match !== null) return { stdout: decode(match[1]), stderr: decode(match[2]), exitCode: Number(match[3]) };
      if (received.ended) throw new StateliteError('LAB', `${node}: the node went away while it ran ${command}`, { hint: 'litelab status' });
      if (system.clock.now() > limit) throw new StateliteError('LAB', `${node}: ${command} did not end in ${timeout / 1000} s`, { hint: `litelab run --timeout SECONDS ${node} …` });
      await system.clock.sleep(20);
    }
  } catch (error) {
    socket.write('\u0003\n');
    throw error;
  } finally {
    socket.end();
    socket.unref();
  }
}

// --- internal ---

interface Received {
  text: string;
  ended?: boolean;
}

/** QEMU serves one connection at a time; the kernel keeps a few more waiting and refuses the rest for now. */
async function join(system: System, path: string, limit: number, node: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const code = await new Promise<string | undefined>((resolve) => {
      socket.once('connect', () => { resolve(undefined); });
      socket.once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? error.message); });
    });
    if (code === undefined) return socket;
    if (code !== 'EAGAIN' || system.clock.now() > limit) throw new StateliteError('LAB', `${node}: its shell cannot be reached (${code})`, { hint: 'litelab status' });
    await system.clock.sleep(100);
  }
}

/** Waits for the shell to answer, and makes its terminal leave output alone. The mark is put together on the node, so that no echo holds it. */
async function greet(system: System, socket: Socket, received: Received, mark: string, limit: number, node: string): Promise<void> {
  let next = 0;
  while (!received.text.includes(`${mark}=ready\n`)) {
    if (received.ended) throw new StateliteError('LAB', `${node}: its shell went away`, { hint: 'litelab status' });
    if (system.clock.now() > limit) {
      throw new StateliteError('LAB', `${node}: no answer from its root shell (systemd.debug_shell on ttyS1)`, { hint: `litelab console ${node} shows what it does` });
    }
    if (system.clock.now() >= next) {
      socket.write(`\u0003\nstty -echo -opost; PS1= PS2=; m=${mark}; echo "$m=ready"\n`);
      next = system.clock.now() + 2000;
    }
    await system.clock.sleep(20);
  }
}

/**
 * The lines typed into the shell. The command goes over in base64, so that no quoting, control character or line length matters; its output goes
 * to files first, so that it does not see a terminal.
 */
function script(command: string): string[] {
  const parts = Buffer.from(command).toString('base64').match(/.{1,1000}/g) ?? [''];
  return [
    'c=',
    ...parts.map((part) => `c="$c"${part}`),
    't=/run/.litelab.$m',
    'HOME=/root sh -c "$(printf %s "$c" | base64 -d)" </dev/null >$t.out 2>$t.err; r=$?',
    'echo "$m=begin"; cat $t.out; echo "$m=middle"; cat $t.err; rm -f $t.out $t.err; echo "$m=$r=end"',
  ];
}

const decode = (latin1: string | undefined): string => Buffer.from(latin1 ?? '', 'latin1').toString();
