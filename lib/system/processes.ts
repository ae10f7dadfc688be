import { StateliteError } from '../errors.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the current environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds after which the program is ended. */
  readonly timeout?: number;
  /** Each output line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Exit codes that are no failure besides 0. */
  readonly allow?: readonly number[];
  /** `inherit` joins the caller's terminal: editors and consoles. */
  readonly stdio?: 'pipe' | 'inherit';
  readonly uid?: number;
  readonly gid?: number;
  readonly signal?: AbortSignal;
  /** How the program is ended by timeout or signal. Unset: SIGTERM, 5 s later SIGKILL. */
  readonly killSignal?: 'SIGKILL';
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one program with an argument list, never through a shell. Throws COMMAND_FAILED or TOOL_MISSING with the last stderr lines. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

export const run: Run = async (program, args, options = {}) => {
  const { execa } = await import('execa');
  const { onLine, allow = [], timeout, signal, ...rest } = options;
  const child = execa(program, args, {
    ...rest,
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    all: onLine !== undefined,
    reject: false,
    stripFinalNewline: true,
  });
  const reading = onLine === undefined ? undefined : (async () => {
    for await (const line of child.iterable({ from: 'all' })) onLine(line);
  })();
  const result = await child;
  await reading?.catch(() => undefined);
  if (result.code === 'ENOENT') {
    throw new StateliteError('TOOL_MISSING', `the program ${program} is not installed`, { hint: `install it, for example: apt-get install ${PACKAGES[program] ?? program}` });
  }
  const exitCode = result.exitCode ?? 1;
  const stdout = typeof result.stdout === 'string' ? result.stdout : '';
  const stderr = typeof result.stderr === 'string' ? result.stderr : '';
  if (exitCode !== 0 && (result.exitCode === undefined || !allow.includes(exitCode))) {
    const tail = (stderr || stdout).trim().split('\n').slice(-5).join('\n  ');
    const end = result.timedOut ? `did not end in ${(timeout ?? 0) / 1000} s` : result.signal === undefined ? `ended with exit code ${exitCode}` : `was ended by ${result.signal}`;
    throw new StateliteError('COMMAND_FAILED', `${program} ${args.join(' ')} ${end}${tail === '' ? '' : `\n  ${tail}`}`, { cause: result });
  }
  return { exitCode, stdout, stderr };
};

// --- internal ---

/** Debian packages of programs that are not named like their package. */
const PACKAGES: Readonly<Record<string, string>> = {
  dnsmasq: 'dnsmasq-base', 'ganesha.nfsd': 'nfs-ganesha nfs-ganesha-vfs', 'qemu-system-x86_64': 'qemu-system-x86',
  ip: 'iproute2', dracut: 'dracut-core', 'mount.nfs': 'nfs-common', psql: 'postgresql-client',
};
