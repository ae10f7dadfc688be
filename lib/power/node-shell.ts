import type { Cluster } from '../cluster/cluster.ts';
import type { System } from '../system/system.ts';

export interface ShellAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a POSIX shell script as root on a running node, in a mount namespace of its own: by ssh to hosts.ip, else to the node's name, with the keys
 * that add_ssh lets in; a virtual node of the lab (nodehm.mgt=lab) through its shell on the second serial line. `timeout` in milliseconds.
 * Throws COMMAND_FAILED when ssh cannot get there, LAB for the lab's own reasons.
 */
export async function runScriptOn(system: System, cluster: Cluster, node: string, script: string, timeout: number): Promise<ShellAnswer> {
  if (cluster.attribute(node, 'nodehm.mgt')?.value === 'lab') {
    const [{ requireLab }, { runOn }] = await Promise.all([import('../lab/instance.ts'), import('../lab/shell.ts')]);
    return runOn(system, requireLab(system), node, `${OWN_MOUNTS} sh -s <<'${END}'\n${script}\n${END}`, timeout);
  }
  const host = cluster.attribute(node, 'hosts.ip')?.value ?? node;
  return system.run('ssh', ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-l', 'root', '--', host, `${OWN_MOUNTS} sh -s`], { input: script, timeout, allow: SCRIPT_FAILED });
}

// --- internal ---

const OWN_MOUNTS = 'unshare --mount --propagation private';
const END = 'STATELITE-END-OF-SCRIPT';
/** 255 is ssh's own failure. */
const SCRIPT_FAILED = Array.from({ length: 126 }, (_, code) => code + 1);
