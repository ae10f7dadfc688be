import type { ListrDefaultRendererLogLevels } from 'listr2';
import type { Context } from './command.ts';

/** A piece of long work with the line a person sees for it. */
export interface Step {
  readonly title: string;
  readonly work: () => Promise<void>;
}

/** Runs steps in order: a live list on a terminal that has a width, one line a step with its seconds otherwise; always on stderr. */
export async function runSteps(steps: readonly Step[], { terminal, notice, system }: Context): Promise<void> {
  if (terminal && process.stderr.columns > 0) {
    const { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } = await import('listr2');
    const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
    await new Listr(steps.map(({ title, work }) => ({ title, task: work })), { registerSignalListeners: false, rendererOptions: { logger, timer: { ...PRESET_TIMER, field: seconds } } }).run();
    return;
  }
  for (const [index, { title, work }] of steps.entries()) {
    const started = system.clock.now();
    await work();
    notice(`[${index + 1}/${steps.length}] ${title}: ${seconds(system.clock.now() - started)}`);
  }
}

/**
 * For work that can be counted: call what is returned with how much is done. A terminal shows a line that replaces itself, on stderr, once
 * the work has taken a second; elsewhere nothing is shown.
 */
export function showCount(title: string, total: number, { terminal, notice, system }: Context): (count: number) => void {
  if (!terminal) return () => undefined;
  const started = system.clock.now();
  let shown = started;
  return (count) => {
    const now = system.clock.now();
    if (now - started < 1000 || (now - shown < 100 && count < total)) return;
    const bar = '#'.repeat(Math.round((count / total) * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
    notice(`${shown === started ? '' : LINE_ABOVE}${title}  [${bar}] ${Math.floor((count / total) * 100)} %`);
    shown = now;
  };
}

// --- internal ---

const BAR_WIDTH = 30;
/** Moves a terminal to the line above and clears it. */
const LINE_ABOVE = '\u001b[1A\u001b[2K';

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
