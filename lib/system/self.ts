import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from './assets.ts';

/** Program and arguments that run one of our own commands in a new process: `selfCommand('statelited', '--listen', …)`. */
export function selfCommand(...args: readonly string[]): readonly [program: string, ...args: string[]] {
  return [process.execPath, entry(), ...args];
}

// --- internal ---

/** The entry this process was started with, by whatever link; another program that uses lib/ (tests) gets the built one. */
function entry(): string {
  const called = process.argv[1];
  const running = called !== undefined && existsSync(called) ? realpathSync(called) : '';
  return /^statelite\.(js|ts)$/.test(basename(running)) ? running : join(packageRoot, 'dist', 'statelite.js');
}
