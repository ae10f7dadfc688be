import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Start time of a process in clock ticks since boot: with its id it names a process for ever. Undefined when there is none, or only its zombie. */
export function startTime(pid: number): string | undefined {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

/** The first child of a process; undefined when it has none. */
export function childOf(parent: number): number | undefined {
  return allProcesses().find((pid) => parentOf(pid) === parent);
}

/** The parent of a process; undefined when the process is gone. */
export function parentOf(pid: number): number | undefined {
  const parent = statFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Identity of the pid namespace a process lives in, as `pid:[4026532281]`; undefined when it is gone. */
export function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** All processes of a pid namespace, as seen from here. */
export const processesIn = (namespace: string): number[] => allProcesses().filter((pid) => pidNamespace(pid) === namespace);

// --- internal ---

const allProcesses = (): number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

/** The fields of /proc/PID/stat after the program name: state, parent, …; the name may hold blanks and parentheses. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
