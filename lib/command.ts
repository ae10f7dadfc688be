import type { Argv } from 'yargs';
import type { System } from './system/system.ts';

/** What a handler gives back; only the entry prints it and exits. */
export interface Result {
  /** 0 done, 1 failed or refused, 2 usage. */
  readonly exitCode: 0 | 1 | 2;
  /** Text for stdout, without the last newline; empty prints nothing. */
  readonly output: string;
}

/** What the entry hands to a handler. */
export interface Context {
  readonly system: System;
  /** A line for stderr, printed at once: notices, warnings, refusals of single nodes. */
  readonly notice: (line: string) => void;
  /** A line for stdout, printed at once: only for commands that run long and report as they go. */
  readonly print: (line: string) => void;
  /** True when stderr is a terminal: progress may be drawn. */
  readonly terminal: boolean;
}

/** One verb of `statelite`; each file of bin/ exports one as `verb`. `Args` are yargs' parsed arguments. */
export interface Verb<Args> {
  /** yargs form: `liteimg [image]`. */
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv<Args>;
  readonly handler: (args: Args, context: Context) => Promise<Result>;
}

/** A verb whose arguments are known to itself only, as the entry runs it. */
export interface AnyVerb extends Omit<Verb<never>, 'builder'> {
  readonly builder: (yargs: Argv) => Argv<unknown>;
}

/** A verb with the names people call it by. */
export interface NamedVerb {
  readonly name: string;
  /** As typed: `genimage`, or `statelite man` for a verb that is no program of its own. */
  readonly program: string;
  readonly verb: AnyVerb;
}

export const done = (output = ''): Result => ({ exitCode: 0, output });
export const failed = (output = ''): Result => ({ exitCode: 1, output });

/** JSON as every `--json` prints it. */
export const toJson = (value: unknown): string => JSON.stringify(value, null, 2);
