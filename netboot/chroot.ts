import type { RunOptions, RunResult } from '../lib/system/processes.ts';
import type { System } from '../lib/system/system.ts';

/**
 * Runs a program inside a root tree, in mount and process namespaces of its own: /proc, /sys and /dev are there, and all of it is
 * gone with the program, also when that is killed.
 */
export const runInRoot = (system: System, root: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  system.run('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, 'sh', root, ...command], options);

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
