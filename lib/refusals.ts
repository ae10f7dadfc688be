import { StateliteError } from './errors.ts';

/** A node that could not be done, with all that stands against it. */
export interface Refusal {
  readonly node: string;
  readonly problems: readonly StateliteError[];
}

export interface Attempts<T> {
  readonly done: readonly T[];
  readonly refused: readonly Refusal[];
}

/** Does something for each node; a node whose work throws is refused, the others go on. */
export function attemptEach<T>(nodes: readonly string[], work: (node: string) => T): Attempts<T> {
  const done: T[] = [];
  const refused: Refusal[] = [];
  for (const node of nodes) {
    try {
      done.push(work(node));
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      refused.push({ node, problems: error.problems.length > 0 ? error.problems : [error] });
    }
  }
  return { done, refused };
}

/** The result of a task, undefined when it is refused: for what is told in another place, or need not be known. */
export function unlessRefused<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (error instanceof StateliteError) return undefined;
    throw error;
  }
}

/** The outcome of a task, to be asked for any number of times. */
export function settled<T>(task: () => T): () => T {
  try {
    const value = task();
    return () => value;
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return () => { throw error; };
  }
}

/** The same for work that takes its time: for at most `limit` nodes at once; results in the order of the nodes. */
export async function attemptAtOnce<T>(nodes: readonly string[], limit: number, work: (node: string) => Promise<T>): Promise<Attempts<T>> {
  const attempts: Attempts<T>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < nodes.length; index = next++) {
      const node = nodes[index] ?? '';
      const outcome = await work(node).then((value) => () => value, (error: unknown) => () => { throw error; });
      attempts[index] = attemptEach([node], outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, nodes.length) }, worker));
  return { done: attempts.flatMap(({ done }) => done), refused: attempts.flatMap(({ refused }) => refused) };
}

/** The lines for stderr: each problem with its node, and each hint once, below the last problem it helps with. */
export function refusalLines(refused: readonly Refusal[]): readonly string[] {
  const problems = refused.flatMap(({ node, problems }) => problems.map(({ message, hint }) => ({ line: `Error: ${named(node, message)}`, hint })));
  return problems.flatMap(({ line, hint }, index) =>
    hint === undefined || problems.slice(index + 1).some((later) => later.hint === hint) ? [line] : [line, `  Hint: ${hint}`]);
}

/** What `--json` says of a refused node. */
export const refusalFacts = (refused: readonly Refusal[]): readonly object[] =>
  refused.map(({ node, problems }) => ({
    node, problems: problems.map(({ code, message, hint }) => ({ code, message: named(node, message), ...(hint === undefined ? {} : { hint }) })),
  }));

// --- internal ---

const named = (node: string, message: string): string => (message.startsWith(`${node}: `) || message.startsWith(`${node} `) ? message : `${node}: ${message}`);
