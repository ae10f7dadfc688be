import { done, toJson, type Result } from '../command.ts';
import { counted } from '../counted.ts';
import type { Comparison } from './compare.ts';
import { describeOperation, describeStep, type Operation } from './operations.ts';

/** What a run of liteimg is about. */
export interface Job {
  readonly rootimg: string;
  readonly image: string;
  readonly comparison: Comparison;
}

/** How it is told. */
export interface Telling {
  readonly dryRun: boolean;
  readonly undo: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** What was done to an image, or would be. */
export function report({ rootimg, image, comparison }: Job, { dryRun, undo, json, verbose }: Telling): Result {
  const { operations, notices, manifest } = comparison;
  if (json) return done(toJson({ image, rootimg, applied: !dryRun, operations, notices }));
  if (operations.length === 0) return done(manifest === undefined ? `Nothing to undo: ${rootimg} has nothing of liteimg.` : asItsRowsSay('Nothing to do', rootimg, manifest.rows.length));
  if (!dryRun) return done(`Modifying ${rootimg} done.`);
  const count = `${counted(operations.length, 'operation')}, nothing was changed. To do it: liteimg ${undo ? '--undo ' : ''}${image}`;
  return done([`Would modify ${rootimg}:`, ...listed(operations, verbose), count].join('\n'));
}

/** Whether an image is what its rows ask for; what stands against it otherwise, with the command that repairs it. */
export function reportCheck({ rootimg, image, comparison }: Job, { json, verbose }: Pick<Telling, 'json' | 'verbose'>): Result {
  const { operations, notices, manifest } = comparison;
  const isSound = operations.length === 0;
  const repair = `liteimg ${image}`;
  const lines = isSound
    ? [asItsRowsSay('In order', rootimg, manifest?.rows.length ?? 0)]
    : [`${rootimg} is not as its litefile rows say. This is missing:`, ...listed(operations, verbose), `${counted(operations.length, 'operation')}, nothing was changed. To repair it: ${repair}`];
  const output = json ? toJson({ image, rootimg, sound: isSound, operations, notices, ...(isSound ? {} : { repair }) }) : lines.join('\n');
  return { exitCode: isSound ? 0 : 1, output };
}

/** An operation with its steps, a line each. */
export const inDetail = (operation: Operation): string[] => [describeOperation(operation), ...operation.steps.map((step) => `    ${describeStep(step)}`)];

// --- internal ---

const listed = (operations: readonly Operation[], verbose: boolean): string[] => operations.flatMap(verbose ? inDetail : (operation) => [describeOperation(operation)]);

const asItsRowsSay = (verdict: string, rootimg: string, rows: number): string => `${verdict}: ${rootimg} is as its ${counted(rows, 'litefile row')} ${rows === 1 ? 'says' : 'say'}.`;
