/** Runs `work` with a signal that Ctrl-C, a hang-up or SIGTERM sets off, so that it can put things back before the command ends. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => { controller.abort(); };
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

// --- internal ---

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
