import { StateliteError } from '../lib/errors.ts';
import type { RunOptions, RunResult } from '../lib/system/processes.ts';
import type { System } from '../lib/system/system.ts';

/**
 * Runs a program in mount and process namespaces of its own, without input; `prepare` is shell that gets `root` first. The program and all
 * it started and mounted is gone when it ends, and when this process does, by kill -9 too.
 */
export async function runApart(system: System, prepare: string, root: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const apart = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', `set -e; root=$1; shift; ${prepare}`, 'sh', root];
  try {
    return await system.run('setpriv', [...apart, ...command], { input: '', killSignal: 'SIGKILL', ...options });
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'COMMAND_FAILED') throw error;
    throw new StateliteError('COMMAND_FAILED', error.message.replace(/^[^]*? (?=(?:ended with exit code|was ended by|did not end in) )/, `${command[0] ?? ''} `), { cause: error });
  }
}

/** Runs a program inside a root tree as runApart does; /proc, /sys and /dev are there. */
export const runInRoot = (system: System, root: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  runApart(system, ENTER, root, command, options);

// --- internal ---

const ENTER = [
  'mount -t proc proc "$root/proc"',
  'mount -t sysfs sysfs "$root/sys"',
  'mount --bind /dev "$root/dev"',
  'mount -t tmpfs tmpfs "$root/tmp"',
  'exec chroot "$root" "$@"',
].join('; ');
