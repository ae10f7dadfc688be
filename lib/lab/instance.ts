import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import type { System } from '../system/system.ts';
import { plain } from './console-log.ts';
import type { LabLayout } from './layout.ts';
import { startTime } from './proc.ts';

/** A running lab, as state.json describes it. */
export interface Lab {
  readonly directory: string;
  /** Process 1 of the lab as seen from outside; its namespaces are the lab. */
  readonly pid: number;
  /** Start time of that process, in clock ticks since boot. */
  readonly started: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly layout: LabLayout;
}

/** Everything a lab keeps on disk; `run` lives as long as the lab, `log` until the next one. */
export const labPaths = (directory: string) => {
  const run = join(directory, 'run');
  const tftp = join(run, 'tftp');
  return {
    state: join(directory, 'state.json'),
    run, tftp,
    log: join(directory, 'log'),
    spec: join(run, 'spec.json'),
    report: join(run, 'report.json'),
    dnsmasqConf: join(run, 'dnsmasq.conf'),
    dhcpHosts: join(run, 'dhcp-hosts'),
    names: join(run, 'names'),
    leases: join(run, 'leases'),
    ganeshaConf: join(run, 'ganesha.conf'),
    ganeshaExports: join(run, 'exports.conf'),
    ganeshaPid: join(run, 'ganesha.pid'),
    recovery: join(run, 'recovery'),
    nfsRun: join(run, 'nfs-run'),
  } as const;
};

export const labDirectory = (system: System): string => join(stateliteHome(system.env), 'lab');

/** The lab that is up, or undefined: a state file whose process has gone is none. */
export function findLab(system: System): Lab | undefined {
  const text = system.files.readTextIfThere(labPaths(labDirectory(system)).state);
  if (text === undefined) return undefined;
  const lab = JSON.parse(text) as Lab;
  return startTime(lab.pid) === lab.started ? lab : undefined;
}

/** The lab that is up; throws LAB when there is none. */
export function requireLab(system: System): Lab {
  const lab = findLab(system);
  if (lab !== undefined) return lab;
  throw new StateliteError('LAB', 'the lab is not up', { hint: 'litelab up' });
}

/** Program and arguments that run a program inside the lab. */
export const inside = (lab: Lab, program: string, ...args: readonly string[]): readonly [program: string, ...args: string[]] =>
  ['nsenter', '-t', String(lab.pid), '--net', '--mount', '--pid', '--uts', '--', program, ...args];

/** The last lines of a log, indented to stand below a message; empty when there is no log. */
export function logTail(system: System, path: string, lines = 20): string {
  const shown = plain(system.files.readTextIfThere(path) ?? '').split('\n').filter((line) => line.trim() !== '');
  return shown.slice(-lines).map((line) => `\n  ${line.trimEnd()}`).join('');
}
