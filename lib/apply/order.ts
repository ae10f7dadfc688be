import type { PlanRow } from '../plan/boot-plan.ts';
import { renderPlan } from '../plan/render.ts';
import { withoutStore, type LiveChange, type LiveRow } from './live-change.ts';

/** How a row came out on the node, in the words of apply-live. */
export interface LiveOutcome {
  readonly path: string;
  readonly outcome: 'same' | 'would-refresh' | 'would-add' | 'refreshed' | 'added' | 'added-unseen' | 'changed-here' | 'in-use' | 'failed';
  /** Of a process that has the file open. */
  readonly pid?: number;
}

export interface OrderOptions {
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** The text that a node's shell runs: what to do, then the script that does it. */
export function writeOrder({ rows, scratch, after }: LiveChange, { dryRun, force }: OrderOptions, script: string): string {
  return [
    `what=${dryRun ? 'look' : 'apply'} force=${force ? 'yes' : 'no'}`,
    printing('plan', renderPlan(dryRun ? withoutStore(scratch) : scratch)),
    printing('after', renderPlan(after)),
    printing('steps', rows.map((row) => `${step(row)}\n`).join('')),
    script,
  ].join('\n');
}

/** What the node said: the outcome of each row, or why it refused. Lines that are no outcome are what rc.statelite said. */
export function readOutcomes(text: string): { readonly outcomes: readonly LiveOutcome[]; readonly said: readonly string[]; readonly refused?: string } {
  const lines = text.split('\n').filter((line) => line !== '');
  const outcomes = lines.flatMap((line): LiveOutcome[] => {
    const [, outcome, pid, path] = OUTCOME.exec(line) ?? [];
    return outcome === undefined || path === undefined ? [] : [{ path, outcome: outcome as LiveOutcome['outcome'], ...(pid === undefined ? {} : { pid: Number(pid) }) }];
  });
  const said = lines.filter((line) => !OUTCOME.test(line) && line !== 'done' && !line.startsWith('refused '));
  const refused = lines.find((line) => line.startsWith('refused '))?.slice('refused '.length) ?? (lines.at(-1) === 'done' ? undefined : 'it did not come to an end');
  return { outcomes, said, ...(refused === undefined ? {} : { refused }) };
}

// --- internal ---

const OUTCOME = /^(same|would-refresh|would-add|refreshed|added-unseen|added|changed-here|in-use|failed) (?:(\d+) )?(\/.*)\/$/;
const END = 'STATELITE-END';

/** No line of these texts is the end mark: each begins with a word of its own. */
const printing = (name: string, text: string): string => `${name}() {\ncat <<'${END}'\n${text}${END}\n}`;

const step = ({ action, row }: LiveRow): string => `${action} ${words(row)} ${row.path}/`;

const words = ({ mode, mechanism }: PlanRow): string => `${mode} ${mechanism}`;
