import { StateliteError } from '../errors.ts';

/** Asks a person, on stderr; `otherwise` is taken for an empty answer. Only for a terminal, see canAsk. Throws INTERRUPTED at Ctrl-C and Ctrl-D. */
export async function ask(question: string, otherwise = ''): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new StateliteError('INTERRUPTED', `no answer to "${question}"`)));
  });
  try {
    const answer = await Promise.race([terminal.question(`${question}${otherwise === '' ? '' : ` [${otherwise}]`}: `), ended]);
    return answer.trim() === '' ? otherwise : answer.trim();
  } finally {
    terminal.close();
  }
}

/** True when somebody is there to answer. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;
