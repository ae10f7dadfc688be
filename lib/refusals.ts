import { formatNoderange } from './cluster/format-noderange.ts';
import { problemsOf, StateliteError } from './errors.ts';

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
      refused.push({ node, problems: problemsOf(error) });
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

/**
 * The lines for stderr: each problem with its nodes, as a noderange where several have the same one, and each hint once, below the last problem
 * it helps with. Problems are the same when they differ by the node's own name only. chtab sets a value of one node, nodech those of a noderange.
 */
export function refusalLines(refused: readonly Refusal[]): readonly string[] {
  const shared = new Map<string, Shared>();
  for (const { node, problems } of refused) {
    const ownName = nameIn(node);
    for (const { message, hint } of problems) {
      const same: Shared = { message: named(NODE, message.replace(ownName, NODE)), hint: hint?.replace(ownName, NODE), nodes: [] };
      const key = JSON.stringify([same.message, same.hint]);
      const known = shared.get(key) ?? same;
      known.nodes.push(node);
      shared.set(key, known);
    }
  }
  const told = [...shared.values()].map(({ message, hint, nodes }) => {
    const range = formatNoderange(nodes);
    return { line: `Error: ${message.replaceAll(NODE, range)}`, hint: (nodes.length === 1 ? hint : hint?.replaceAll(`chtab node=${NODE} `, `nodech ${NODE} `))?.replaceAll(NODE, range) };
  });
  const last = new Map(told.map(({ hint }, index) => [hint, index]));
  return told.flatMap(({ line, hint }, index) => (hint === undefined || last.get(hint) !== index ? [line] : [line, `  Hint: ${hint}`]));
}

/** What `--json` says of a refused node. */
export const refusalFacts = (refused: readonly Refusal[]): readonly object[] =>
  refused.map(({ node, problems }) => ({
    node, problems: problems.map(({ code, message, hint }) => ({ code, message: named(node, message), ...(hint === undefined ? {} : { hint }) })),
  }));

// --- internal ---

interface Shared {
  readonly message: string;
  readonly hint: string | undefined;
  readonly nodes: string[];
}

/** Stands for the node's own name; in no message. */
const NODE = '\0';

const nameIn = (node: string): RegExp => new RegExp(`(?<![\\w.-])${node.replaceAll(/[^\w-]/g, '\\$&')}(?![\\w-]|\\.\\w)`, 'g');

const named = (node: string, message: string): string => (message.startsWith(`${node}: `) || message.startsWith(`${node} `) ? message : `${node}: ${message}`);
