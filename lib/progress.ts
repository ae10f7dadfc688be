import type { ListrDefaultRendererLogLevels } from 'listr2';
import type { Context } from './command.ts';

/** A piece of long work with the line a person sees for it. */
export interface Step {
  readonly title: string;
  readonly work: () => Promise<void>;
}

/** Runs steps in order: a live list on a terminal, one line a step with its seconds otherwise; always on stderr. */
export async function runSteps(steps: readonly Step[], { terminal, notice, system }: Context): Promise<void> {
  if (terminal) {
    const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
    await new Listr(steps.map(({ title, work }) => ({ title, task: work })), { rendererOptions: { logger, timer: { condition: true, field: seconds } } }).run();
    return;
  }
  for (const [index, { title, work }] of steps.entries()) {
    const started = system.clock.now();
    await work();
    notice(`[${index + 1}/${steps.length}] ${title}: ${seconds(system.clock.now() - started)}`);
  }
}

// --- internal ---

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
