import { pino, type Logger } from 'pino';

/** The service's log: JSON lines on stderr, of this level and above; the lines of one turn of the event loop are one write. */
export function createLog(level: string): Logger {
  const stderr = pino.destination({ dest: 2, sync: true, minLength: 8 * 1024 });
  let isPlanned = false;
  const flush = (): void => {
    isPlanned = false;
    stderr.flushSync();
  };
  process.once('exit', flush);
  return pino({ name: 'statelited', level }, {
    write: (line) => {
      stderr.write(line);
      if (isPlanned) return;
      isPlanned = true;
      setImmediate(flush);
    },
  });
}
