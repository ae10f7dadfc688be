/** Every code an error may carry, with what it means. Tests hold the catalogue and its uses together. */
export const ERROR_CODES = {
  USAGE: 'the command line is wrong (exit 2)',
  PROBLEMS: 'several problems were found; each is listed, nothing was changed',
  NODERANGE_SYNTAX: 'a noderange cannot be read',
  NODERANGE_UNKNOWN: 'a noderange names something that is no node, group or column',
  NODE_UNKNOWN: 'a node is not in nodelist',
  NODE_INCOMPLETE: 'a node lacks an attribute the command needs',
  OBJECT_UNKNOWN: 'there is no object of that type and name',
  TABLE_UNKNOWN: 'there is no table of that name',
  COLUMN_UNKNOWN: 'the table has no such column',
  ROW_INVALID: 'a table row breaks a rule of its table',
  CSV_INVALID: 'a CSV file cannot be read',
  VARIABLE_UNSET: 'a $variable of a table value has no value',
  REGEX_COLUMN_INVALID: 'a |pattern|replacement| value cannot be read',
  TABLE_CHANGED: 'somebody else changed a table while it was edited',
  DATABASE_DOWN: 'the database does not answer',
  DATABASE_BUSY: 'another command kept the tables from being changed',
  DATABASE_REFUSED: 'the database refused a request',
  DATABASE_NEWER: 'the program and the tables are of different versions',
  DATABASE_BINARIES: 'no Postgres server program was found',
  IMAGE_UNKNOWN: 'there is no such image',
  IMAGE_MISSING: 'the root tree, kernel or initrd of an image is missing',
  IMAGE_NOT_LITED: 'liteimg has not prepared the image',
  IMAGE_BUSY: 'another command is changing the image',
  IMAGE_IN_USE: 'nodes or other images use what would be deleted',
  LITEFILE_INVALID: 'a litefile row cannot be used',
  NESTING_REFUSED: 'a litefile row cannot stand below another',
  OPTION_INVALID: 'a litefile option is unknown or contradicts another',
  PATH_INVALID: 'a path is not usable',
  TEMPLATE_INVALID: 'a template is missing or cannot be filled',
  OVERLAY_INVALID: 'an overlay or one of its files cannot be used',
  NO_STORE: 'a persistent row has nowhere to live',
  NO_DISK: 'a localdisk row has no local disk to live on',
  LAYOUT_INVALID: 'a disk layout cannot be used',
  FILE_SYSTEM: 'an operation on a file failed',
  COMMAND_FAILED: 'a program that was run failed',
  TOOL_MISSING: 'a needed program is not installed',
  NOT_ROOT: 'the command needs root',
  NODE_UNREACHABLE: 'a running node cannot be reached, or did not answer to the end',
  SERVICE_REFUSED: 'the service refused a request',
  AUTHORITY_DIFFERS: 'the certificate authority here is not the one that nodes trust',
  LAB: 'the virtual cluster could not do what was asked',
  INTERRUPTED: 'the command was interrupted',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** The next command to run, or what to change. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Single problems, when several were found at once. */
  readonly problems?: readonly StateliteError[];
}

/** The only error a user sees: says what was found, what was wanted, and in `hint` what to do. */
export class StateliteError extends Error {
  override readonly name = 'StateliteError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly StateliteError[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
  }
}

/** The problems that an error stands for, itself when it is one. Whatever is no StateliteError is thrown again: it is a fault of the program. */
export function problemsOf(error: unknown): readonly StateliteError[] {
  if (!(error instanceof StateliteError)) throw error;
  return error.problems.length > 0 ? error.problems : [error];
}

/** A problem with the place in front where it was found: a row, an overlay, a line of a file. */
export const problemAt = (place: string, problem: StateliteError): StateliteError =>
  new StateliteError(problem.code, `${place}: ${problem.message}`, { cause: problem, hint: problem.hint });

/** Throws nothing for no problem, the problem itself for one, and one error listing all for several. */
export function throwProblems(problems: readonly StateliteError[], what = 'problems found, nothing was changed'): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  throw new StateliteError('PROBLEMS', `${problems.length} ${what}`, { problems });
}

/** Runs every task and gives back their results; when some fail, throws all their problems at once, the same one only once. */
export function gather<T extends unknown[]>(...tasks: { readonly [K in keyof T]: () => T[K] }): T {
  const problems = new Map<string, StateliteError>();
  const results = tasks.map((task) => {
    try {
      return task();
    } catch (error) {
      for (const problem of problemsOf(error)) problems.set(problem.message, problem);
      return undefined;
    }
  });
  throwProblems([...problems.values()]);
  return results as T;
}

/** The text of an error as the entry prints it on stderr, one line a fact. */
export function renderError(error: unknown): string {
  if (!(error instanceof StateliteError)) return `Error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  if (error.problems.length > 0) {
    return [...error.problems.map(renderError), `Error: ${error.message}`].join('\n');
  }
  return error.hint === undefined ? `Error: ${error.message}` : `Error: ${error.message}\n  Hint: ${error.hint}`;
}
