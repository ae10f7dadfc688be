import type { RunOptions, RunResult } from '../lib/system/processes.ts';
import type { System } from '../lib/system/system.ts';

/**
 * Runs a program in mount and process namespaces of its own, without input. It and all it started and mounted is gone when it ends, and
 * when this process does, by kill -9 too.
 */
export const runApart = (system: System, command: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  system.run('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...command], { input: '', ...options });

/** Runs a program inside a root tree as runApart does; /proc, /sys and /dev are there. */
export const runInRoot = (system: System, root: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  runApart(system, ['sh', '-c', ENTER, 'sh', root, ...command], options);

// --- internal ---

const ENTER = [
  'set -e',
  'root=$1',
  'shift',
  'mount -t proc proc "$root/proc"',
  'mount -t sysfs sysfs "$root/sys"',
  'mount --bind /dev "$root/dev"',
  'mount -t tmpfs tmpfs "$root/tmp"',
  'exec chroot "$root" "$@"',
].join('\n');
