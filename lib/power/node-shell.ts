import type { Cluster } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import type { RunResult } from '../system/processes.ts';
import type { System } from '../system/system.ts';

export interface ShellAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a POSIX shell script as root on a running node, in a mount namespace of its own: by ssh to hosts.ip, else to the node's name, with the keys
 * that add_ssh lets in; a virtual node of the lab (nodehm.mgt=lab) through its shell on the second serial line. A node that was never seen is taken
 * at its word, one whose host key has changed is not. `timeout` in milliseconds.
 * Throws NODE_UNREACHABLE when ssh cannot get there, is refused, breaks off or takes too long, LAB for the lab's own reasons.
 */
export async function runScriptOn(system: System, cluster: Cluster, node: string, script: string, timeout: number): Promise<ShellAnswer> {
  if (cluster.attribute(node, 'nodehm.mgt')?.value === 'lab') {
    const [{ requireLab }, { runOn }] = await Promise.all([import('../lab/instance.ts'), import('../lab/shell.ts')]);
    return runOn(system, requireLab(system), node, `${OWN_MOUNTS} sh -s <<'${END}'\n${script}\n${END}`, timeout);
  }
  const host = cluster.attribute(node, 'hosts.ip')?.value ?? node;
  try {
    return await system.run('ssh', [...SSH_OPTIONS, '-l', 'root', '--', host, `${OWN_MOUNTS} sh -s`], { input: script, timeout, allow: SCRIPT_FAILED });
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'COMMAND_FAILED') throw error;
    throw unreachable(node, host, error, timeout);
  }
}

// --- internal ---

const OWN_MOUNTS = 'unshare --mount --propagation private';
const END = 'STATELITE-END-OF-SCRIPT';
const SSH_OPTIONS = ['BatchMode=yes', 'ConnectTimeout=10', 'StrictHostKeyChecking=accept-new', 'ServerAliveInterval=10', 'ServerAliveCountMax=3', 'LogLevel=ERROR'].flatMap((option) => ['-o', option]);
/** 255 is ssh's own failure. */
const SCRIPT_FAILED = Array.from({ length: 126 }, (_, code) => code + 1);

/** What ssh said, with what an admin does about it. */
function unreachable(node: string, host: string, cause: StateliteError, timeout: number): StateliteError {
  const { stderr = '', timedOut = false } = cause.cause as Partial<RunResult> & { readonly timedOut?: boolean };
  const problem = (what: string, hint: string): StateliteError => new StateliteError('NODE_UNREACHABLE', `${node}: ${what}`, { hint, cause });
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const tryIt = `ssh root@${host} true`;
  if (timedOut) return problem(`${host} did not answer to the end in ${Math.round(timeout / 1000)} s`, '--timeout gives nodes more time');
  if (stderr.includes('HOST IDENTIFICATION HAS CHANGED')) {
    return problem(`${host} shows another host key than it did before`, `ssh-keygen -R ${host}, if you know why: a node without a persistent row for /etc/ssh makes new keys at each boot`);
  }
  if (stderr.includes('Host key verification failed')) return problem(`the host key of ${host} is not trusted: ${stderr.trim().split('\n')[0] ?? ''}`, tryIt);
  if (stderr.includes('Permission denied')) return problem(`${host} does not let root in with the keys of this account`, `add_ssh puts them into the image; ${tryIt} shows whether they work`);
  if (/^ssh: |timed out during banner|kex_exchange/m.test(stderr)) return problem(`${host} cannot be reached: ${said.replace(/^ssh: /, '')}`, 'litestat tells how the nodes booted, rpower stat whether they are on');
  return problem(`the connection to ${host} broke off${said === '' ? '' : `: ${said}`}`, tryIt);
}
