import { pino, type Logger } from 'pino';

/** The service's log: JSON lines on stderr, of this level and above; the lines of one turn of the event loop are one write. No line waits for a disk. */
export function createLog(level: string): Logger {
  const stderr = pino.destination({ dest: 2, sync: true });
  let lines = '';
  const flush = (): void => {
    if (lines !== '') stderr.write(lines);
    lines = '';
  };
  process.once('exit', flush);
  return pino({ name: 'statelited', level }, {
    write: (line) => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  });
}
